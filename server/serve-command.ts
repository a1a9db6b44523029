import type { Command } from './command.ts'

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Serve the API. Makes the database, a workspace, a key and a link for the first admin at the first start.',
  run: async ({ config, has }) => {
    // loaded here: it takes longer than most other commands do from begin to end
    const { serve } = await import('./main.ts')
    await serve(config, { asJson: has('json') })
    return undefined
  },
}
