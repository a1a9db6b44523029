// en, de, fr, es, it, pt, nl, sv, da, no, pl, ru, ja, zh: what mail programs put before the subject that they answer

const subjects = `
  automatic reply|automatic response|automated reply|automated response|auto reply|auto-reply|autoreply|auto response|auto-response
  out of office|out of the office|out-of-office|out of office reply|out of office autoreply|vacation reply|away from the office
  automatische antwort|automatische abwesenheitsnotiz|abwesenheitsnotiz|abwesenheitsmeldung|abwesenheitsbenachrichtigung|abwesenheit
  nicht im büro|außer haus
  réponse automatique|absence du bureau|absent du bureau|absente du bureau|message d'absence|message d’absence|absence
  respuesta automática|respuesta automatica|fuera de la oficina|fuera de oficina|ausencia|mensaje de ausencia
  risposta automatica|fuori ufficio|fuori sede|assenza|messaggio di assenza
  resposta automática|resposta automatica|fora do escritório|ausência|ausência temporária
  automatisch antwoord|automatische reactie|automatische beantwoording|afwezig|afwezigheidsbericht|afwezigheid|niet aanwezig|buiten kantoor
  autosvar|automatiskt svar|frånvaro|frånvaromeddelande|ej på kontoret|inte på kontoret
  automatisk svar|fravær|fraværsbesked|fraværsmelding|fraværende|ikke til stede|ikke på kontoret
  automatyczna odpowiedź|odpowiedź automatyczna|autoodpowiedź|autoresponder|nieobecność|poza biurem
  автоматический ответ|автоответ|автоответчик|нет на месте|вне офиса|отсутствие
  自動応答|自動返信|自動回答|不在通知|不在のお知らせ|不在
  自动回复|自动答复|自動回覆|自動回復|自動答覆|外出自动回复|不在办公室|外出
`

const texts = `
  away|out of the office|out of office|not in the office|vacation|on leave|holiday|automatic|automated|auto-reply|autoreply
  abwesend|nicht im büro|nicht im haus|außer haus|urlaub|nicht erreichbar|automatisch
  absent|congé|hors du bureau|automatique
  ausente|vacaciones|fuera de la oficina|automátic
  assente|ferie|fuori ufficio|fuori sede
  férias|fora do escritório
  afwezig|vakantie|niet aanwezig|niet op kantoor
  frånvarande|semester|ledig|inte på kontoret|ej på kontoret
  fraværende|ikke på kontoret|ikke til stede|på ferie
  nieobecn|urlop|poza biurem|automatyczn
  отсутств|отпуск|вне офиса|автоматическ
  不在|休暇|外出|自動|休假|自动|出差
`

const listOf = (text: string): string[] =>
  text
    .split(/[|\n]/)
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '')

const before = new Set(listOf(subjects))
const within = listOf(texts)
const textCharacters = 1000

/**
 * A subject as auto-responders make it, the words and then what they answer, with a text that speaks of absence or of an
 * automatic answer. Either alone is also what people write.
 */
export const isAbsenceNotice = (subject: string, text: string): boolean => {
  const words = /^([^:：]{1,60})[:：]/u.exec(subject.normalize('NFC'))?.[1] ?? ''
  if (
    !before.has(
      words
        .replace(/^[[(【]|[\])】]$/g, '')
        .trim()
        .toLowerCase(),
    )
  )
    return false
  const beginning = text.slice(0, textCharacters).normalize('NFC').toLowerCase()
  return within.some((phrase) => beginning.includes(phrase))
}
