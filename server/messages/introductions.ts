/** Lines after which the rest of a text is somebody else's words. The inbox page folds by them, too. */
export const introductions = [
  /^-{2,}\s?(original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original)\s?-{2,}$/i,
  /^_{20,}$/,
  /^(on|am|le|el|il|op) .{4,200}(wrote|schrieb|a écrit|escribió|ha scritto|schreef).{0,80}:$/i,
]
