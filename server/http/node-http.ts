/**
 * What we use of `node:http`. Importing from it reads all that it exports, WebSocket and CloseEvent among it, for which Node.js
 * loads undici: 14 MB and 25 ms of each start. Taken like this only what is named is read.
 */
export const { createServer, METHODS, STATUS_CODES } = process.getBuiltinModule('node:http')
