// node examples/mail-sink.ts PORT: a mail server that takes everything and prints it. For trying things out.
// In plain JavaScript and with require, so that older versions of Node.js run it, too.

const { SMTPServer } = require('smtp-server')

const port = Number(process.argv[2] ?? 2526)

const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  onData: (stream, session, callback) => {
    process.stdout.write(`\n── to ${session.envelope.rcptTo.map(({ address }) => address).join(', ')}\n`)
    stream.pipe(process.stdout, { end: false })
    stream.on('end', () => callback())
  },
})

server.listen(port, '127.0.0.1', () => process.stdout.write(`Mail for anybody is taken on port ${port}.\n`))
