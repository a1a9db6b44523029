import { mail } from './make.ts'

interface Bounce {
  /** The Message-ID of the mail that it is about, in angle brackets. */
  about: string
  recipient?: string
  action?: string
  from?: string
  to?: string
  text?: string
  headers?: Record<string, string>
  /** Bytes that follow it. */
  padding?: number
}

let count = 0

/** A delivery report (RFC 3464) as Postfix writes them. */
export const bounce = ({
  about,
  recipient = 'jane@example.org',
  action = 'failed',
  from = 'mailer-daemon@example.org',
  to = 'help@example.com',
  text = 'I am sorry.',
  headers = {},
  padding = 0,
}: Bounce): Buffer =>
  mail(
    {
      ...headers,
      From: `Mail Delivery System <${from}>`,
      To: to,
      Subject: 'Undelivered Mail Returned to Sender',
      'Message-ID': `<bounce-${++count}@example.org>`,
      'Auto-Submitted': 'auto-replied',
      'MIME-Version': '1.0',
      'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b',
    },
    [
      `--b\r\nContent-Type: text/plain\r\n\r\n${text}\r\n`,
      '--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n',
      `Final-Recipient: rfc822; ${recipient}\r\nAction: ${action}\r\nStatus: ${action === 'failed' ? '5.1.1' : '4.1.1'}\r\n`,
      'Diagnostic-Code: smtp; 550 5.1.1 User unknown\r\n in virtual table\r\n',
      `--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: help@example.com\r\nMessage-ID: ${about}\r\n\r\nHi\r\n--b--`,
      ...(padding > 0 ? [`${'x'.repeat(70)}\r\n`.repeat(Math.ceil(padding / 72))] : []),
    ].join('\r\n'),
  )
