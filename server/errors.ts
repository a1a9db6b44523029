import { STATUS_CODES } from './http/node-http.ts'

/**
 * Every error that the API can return, once: status, sentence, and what else its body names.
 * A sentence with {braces} is filled in by the caller of `fail`.
 */
export const errors = {
  invalid_email: [400, 'Invalid email address format.'],
  invalid_request: [400, '{sentence}'],
  invalid_cursor: [400, 'cursor is not one that this list gave out: start again without it.'],
  invalid_api_key: [401, 'Invalid API key. Please double-check and try again.'],
  not_signed_in: [401, 'You are not signed in.'],
  sign_in_failed: [401, 'Email address and password do not go together, or nobody has them.'],
  invalid_visitor_token: [401, 'This visitor token is not valid for this chat: start a session.'],
  scope_missing: [403, '{who} has the scope {scope}; this needs {needed}.'],
  foreign_page: [403, 'This request did not come from a page of this server: nothing was done.'],
  wrong_password: [403, 'The current password is not right.'],
  origin_not_allowed: [403, 'This channel is not open to pages of {origin}: see its allowedOrigins.'],
  domain_not_allowed: [
    403,
    'This workspace may not use this email address: the operator can allow its domain (domains allow).',
  ],
  mailbox_not_proven: [
    403,
    'A mailbox at this provider needs an smtpUrl that signs in to it at the provider, and signing in did not succeed.',
  ],
  route_not_found: [404, 'There is nothing at {method} {path}.'],
  workspace_not_found: [404, 'Workspace not found.'],
  contact_not_found: [404, 'Contact not found.'],
  conversation_not_found: [404, 'Conversation not found.'],
  message_not_found: [404, 'Message not found.'],
  participant_not_found: [404, 'Nobody with this address takes part in this conversation, besides its contact.'],
  agent_not_found: [404, 'Agent not found.'],
  invitation_not_found: [404, 'This link is used up, too old or not a whole one. Ask for another.'],
  session_not_found: [404, 'Session not found.'],
  saved_reply_not_found: [404, 'Saved reply not found.'],
  key_not_found: [404, 'There is no key of this id that works.'],
  channel_not_found: [404, 'Channel not found.'],
  import_not_found: [404, 'Import not found.'],
  erasure_not_found: [404, 'Erasure not found.'],
  attachment_not_found: [404, 'Attachment not found.'],
  file_not_found: [404, 'File not found: it was not uploaded, is older than a day, or belongs to a message already.'],
  raw_mail_not_found: [404, 'This message did not come as a mail.'],
  method_not_allowed: [405, 'There is no {method} at {path}: it takes {methods}.'],
  request_timeout: [408, 'The request took too long to arrive.'],
  request_running: [409, 'The first request with this Idempotency-Key is still running. Try again later.'],
  email_taken: [409, 'Another contact has this email address: {contactId}.', 'contactId'],
  agent_email_taken: [409, 'Another agent of this workspace has this email address.'],
  agent_name_taken: [409, 'Another agent of this workspace has this name.'],
  agent_disabled: [409, 'This agent is disabled.'],
  shortcut_taken: [409, 'Another saved reply of this workspace has this shortcut.'],
  last_admin: [409, 'Somebody else has to be an admin who can sign in, first.'],
  message_not_failed: [409, 'Only a reply that was not delivered can be sent again.'],
  others_wrote: [409, 'Others have written in this conversation since: nothing was sent.'],
  import_not_in_review: [409, 'This import does not wait for its columns to be confirmed.'],
  channel_email_taken: [409, 'Another channel of this workspace has this email address.'],
  too_many_files: [409, 'Uploaded files that no message has may be {limit} bytes together: send or delete some first.'],
  version_conflict: [412, 'Somebody has changed this since you read it: current is as it is now.'],
  body_too_large: [413, 'The body is larger than {limit} bytes.'],
  uri_too_long: [414, 'The path or query is too long.'],
  not_json: [415, 'The body must be JSON, sent with Content-Type: application/json.'],
  body_compressed: [415, 'The body must be sent as it is, without Content-Encoding.'],
  not_mail: [415, 'The body must be one mail, sent with Content-Type: message/rfc822.'],
  not_message: [415, 'The body must be JSON (application/json) or, with files, multipart/form-data.'],
  too_many_bad_keys: [429, 'Too many bad API keys came from your address. Try again in {retryAfter} seconds.'],
  rate_limited: [
    429,
    'This key or session may ask {limit} requests a minute and has asked more. Try again in {retryAfter} seconds.',
  ],
  not_form: [415, 'A form must be sent as application/x-www-form-urlencoded, multipart/form-data or application/json.'],
  too_many_posts: [429, 'Too many posts in a short time: try again in {minutes} minutes.'],
  headers_too_large: [431, 'The request headers are too large.'],
  idempotency_key_reused: [422, 'This Idempotency-Key came with another request before: every request needs its own.'],
  mail_unreadable: [422, 'This mail cannot be taken apart: {reason}. Its raw source can still be fetched.'],
  too_many_requests: [429, 'Too many requests from {whom}. Try again in {retryAfter} seconds.'],
  internal: [500, 'Something went wrong on our side. The log has it under the request id.'],
  storage_unavailable: [
    503,
    'The server cannot write to its disk right now: this request is not confirmed. Try again later.',
  ],
  database_unavailable: [
    503,
    'The database cannot be reached right now: this request is not confirmed. Try again later.',
  ],
  disk_nearly_full: [503, 'The disk of the server is nearly full: this was not taken. Try again later.'],
  database_busy: [503, 'The database is busy with other changes: this request is not confirmed. Try again later.'],
  uploads_busy: [503, 'Too many large posts are being taken in: this one was not. Try again.'],
  no_room: [507, 'There is no room for this file on the disk of the server: it needs twice its size.'],
  not_ready: [503, 'The server is not ready.'],
  script_not_built: [503, 'The chat script is not built: standard error of the server says what to run.'],
} as const satisfies Record<string, readonly [status: number, sentence: string, named?: string]>

export type ErrorCode = keyof typeof errors

/** What a client sees. `code` is stable; `message` is for people. */
export interface ErrorBody {
  statusCode: number
  error: string
  message: string
  code: ErrorCode
  [more: string]: unknown
}

export class ApiError extends Error {
  readonly code: ErrorCode
  readonly statusCode: number
  readonly more: Record<string, string | number>

  constructor(code: ErrorCode, more: Record<string, string | number> = {}, cause?: unknown) {
    const [statusCode, sentence] = errors[code]
    super(
      sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(more[name] ?? '')),
      { cause },
    )
    this.code = code
    this.statusCode = statusCode
    this.more = more
  }

  get body(): ErrorBody {
    const named: string | undefined = errors[this.code][2]
    const error = STATUS_CODES[this.statusCode] ?? 'Error'
    const { statusCode, message, code } = this
    return { statusCode, error, message, code, ...(named ? { [named]: this.more[named] } : {}) }
  }
}

/** Ends the request with an error of the catalogue; `more` fills the sentence. */
export const fail = (code: ErrorCode, more?: Record<string, string | number>): never => {
  throw new ApiError(code, more)
}
