export default {
  inbox: {
    input: 'generated/openapi.json',
    output: {
      target: 'generated/orval/client.ts',
      client: 'fetch',
      mode: 'single',
      baseUrl: { runtime: "process.env['INBOX_URL']" },
    },
  },
}
