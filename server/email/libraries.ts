import { createRequire } from 'node:module'
import type Nodemailer from 'nodemailer'
import type { SendMailOptions } from 'nodemailer'
import type Composer from 'nodemailer/lib/mail-composer'
import type { Options as TransportOptions } from 'nodemailer/lib/smtp-transport'
import type SmtpServer from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'

export type { TransportOptions }

const require = createRequire(import.meta.url)

// Loaded when they are first used: most servers take no mail and many send none. As CommonJS: as ES modules they import
// from node:http, which costs what http/node-http.ts says.

export const createTransport = (options: TransportOptions) =>
  (require('nodemailer') as typeof Nodemailer).createTransport(options)

export const composeMail = (mail: SendMailOptions) =>
  new (require('nodemailer/lib/mail-composer') as typeof Composer)(mail)

export const createSmtpServer = (options: SMTPServerOptions) =>
  new (require('smtp-server') as typeof SmtpServer).SMTPServer(options)
