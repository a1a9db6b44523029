// For node --import: a process whose clock is ten minutes ahead.

const ahead = 600_000
const now = Date.now

globalThis.Date = new Proxy(Date, {
  construct: (target, given: []) => (given.length === 0 ? new target(now() + ahead) : new target(...given)),
})
Date.now = () => now() + ahead
