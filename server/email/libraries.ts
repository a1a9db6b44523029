import { createRequire } from 'node:module'
import type Nodemailer from 'nodemailer'
import type Composer from 'nodemailer/lib/mail-composer'
import type SmtpServer from 'smtp-server'

const require = createRequire(import.meta.url)

// as CommonJS: as ES modules they import from node:http, which costs what http/node-http.ts says
export const nodemailer = require('nodemailer') as typeof Nodemailer
export const MailComposer = require('nodemailer/lib/mail-composer') as typeof Composer
export const { SMTPServer } = require('smtp-server') as typeof SmtpServer
