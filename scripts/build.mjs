// npm run build, and the end of every npm ci. Plain JavaScript that old versions of Node.js read, too: it says what to type.

const isInstallation = process.env['npm_lifecycle_event'] === 'prepare'

const refuse = (sentence) => {
  process.stderr.write(`${sentence}\n`)
  // the API is served without it
  process.exit(isInstallation ? 0 : 1)
}

if (Number(process.versions.node.split('.')[0]) < 24)
  refuse(
    `The inbox page is not built: that needs Node.js 24, and this is ${process.versions.node}. Type: npm ci (without --omit=dev or --ignore-scripts)`,
  )
const { isOutdated, root } = await import('../server/built.ts')
if (await isOutdated()) {
  const { existsSync } = await import('node:fs')
  if (!existsSync(`${root}/node_modules/vite`))
    refuse('The inbox page is not built: that needs the packages of development. Type: npm ci && npm prune --omit=dev')
  process.stdout.write('Building the inbox page and the chat script …\n')
  const begin = performance.now()
  process.env['NODE_ENV'] = 'production'
  await import('./build.ts')
  process.stdout.write(`Built (${((performance.now() - begin) / 1000).toFixed(1)} s).\n`)
}
