#!/usr/bin/env node
// Plain JavaScript that old versions of Node.js read, too: it says what is needed before anything fails.

import { fileURLToPath } from 'node:url'

const refuse = (sentence) => {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}

if (process.platform === 'win32')
  refuse(
    'support-inbox does not run on Windows: a folder cannot be synced there, so that an acknowledged message could be lost. Run it in WSL 2 or in a container.',
  )

const needed = 24
const major = Number(process.versions.node.split('.')[0])

if (major < needed)
  refuse(
    `support-inbox needs Node.js ${needed} or newer and this is ${process.versions.node}: ` +
      `run "npm ci" in its folder (without --ignore-scripts or --omit=dev), which brings one along, and start it with "npm start" or "npx support-inbox". A release needs one on the machine.`,
  )

// what was compiled once need not be at the next start: that halves the time until a command begins
const { enableCompileCache } = await import('node:module')
const cache = fileURLToPath(new URL('../node_modules/.cache/support-inbox', import.meta.url))
enableCompileCache(cache)
// of our threads and processes, too
process.env['NODE_COMPILE_CACHE'] ??= cache

// whoever reads our output may stop reading (| head): that is no reason to fall over
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error
})

const { runCli } = await import('../server/cli.ts')
const exitCode = await runCli(process.argv.slice(2))
if (exitCode !== undefined) process.exitCode = exitCode
