import { createRequire } from 'node:module'
import type { SendMailOptions } from 'nodemailer'
import type Composer from 'nodemailer/lib/mail-composer'
import type SmtpConnection from 'nodemailer/lib/smtp-connection'
import type { Options } from 'nodemailer/lib/smtp-connection'
import type SmtpServer from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'

const require = createRequire(import.meta.url)

// Loaded when they are first used: most servers take no mail and many send none. As CommonJS: as ES modules they import
// from node:http, which costs what http/node-http.ts says.

export const createSmtpConnection = (options: Options) =>
  new (require('nodemailer/lib/smtp-connection') as typeof SmtpConnection)(options)

export const composeMail = (mail: SendMailOptions) =>
  new (require('nodemailer/lib/mail-composer') as typeof Composer)(mail)

export const createSmtpServer = (options: SMTPServerOptions) =>
  new (require('smtp-server') as typeof SmtpServer).SMTPServer(options)
