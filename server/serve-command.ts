import type { Command } from './command.ts'

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Serve the API. Makes the database and a workspace at the first start.',
  help: 'At a terminal the first start shows a key and a link for the first admin, once. Elsewhere it makes neither: one JSON line on standard error names the commands that do. --json prints both on standard output.',
  run: async ({ config, has }) => {
    // loaded here: it takes longer than most other commands do from begin to end
    const { serve } = await import('./main.ts')
    await serve(config, { asJson: has('json') })
    return undefined
  },
}
