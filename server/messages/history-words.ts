// What mail programs write around quoted history, in English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish,
// Danish, Norwegian, Polish, Russian, Japanese and Chinese (and some neighbours). Lower case; each list is searched word by word.

const list = (text: string): string[] =>
  text
    .split(/[|\n]/)
    .map((words) => words.trim())
    .filter((words) => words !== '')

/** "On … wrote:". The verb stands near the end of the line. */
export const wroteWords = list(`
  wrote | writes | said | schrieb | geschrieben | schreibt | a écrit | écrit | a ecrit | escribió | escribio | ha escrito | ha scritto | scrive | scritto
  escreveu | schreef | geschreven | skrev | skrifaði | napisał | napisała | napisał(a) | napisal(a) | pisze | написал | написала
  написал(а) | пишет | писал | пише | написав | написала | napsal | napsal(a) | kirjoitti | のメッセージ | さんは書きました | 書きました | 写道 | 寫道 | 作成
  wrote on | a scris | yazdı | έγραψε | írta`)

/** What such a line begins with. A line that begins otherwise must have an address in it. */
export const dateWords = new Set(
  list(`
  on | at | am | an | le | el | il | op | em | no dia | a | den | på | w dniu | dnia | в | сб | вс | пн | вт | ср | чт | пт | dne | pe | il giorno
  mån | tis | ons | tors | fre | lör | sön | man | tir | tor | lør | søn | in article | in message`),
)

/** "-----Original Message-----", with the signs around it taken off. */
export const separatorWords = new Set(
  list(`
  original message | original appointment | forwarded message | begin forwarded message | reply message | reply above this line
  ursprüngliche nachricht | urspr. nachricht | originalnachricht | original-nachricht | weitergeleitete nachricht | anfang der weitergeleiteten nachricht
  anfang der weitergeleiteten e-mail
  message d'origine | message original | message transféré | début du message réexpédié | message réexpédié
  mensaje original | mensaje reenviado | mensaje original adjunto | inicio del mensaje reenviado
  messaggio originale | messaggio inoltrato | inizio messaggio inoltrato
  mensagem original | mensagem encaminhada | início da mensagem encaminhada
  oorspronkelijk bericht | origineel bericht | doorgestuurd bericht | begin doorgestuurd bericht
  ursprungligt meddelande | originalmeddelande | vidarebefordrat meddelande
  oprindelig meddelelse | original besked | oprindelig besked | videresendt meddelelse
  opprinnelig melding | original melding | videresendt melding
  wiadomość oryginalna | oryginalna wiadomość | oryginalny komunikat | wiadomość przekazana | przekazana wiadomość
  исходное сообщение | оригинальное сообщение | пересылаемое сообщение | пересылаемое письмо | перенаправленное сообщение
  元のメッセージ | オリジナルメッセージ | 転送メッセージ | original message
  原始邮件 | 原始郵件 | 邮件原件 | 转发邮件 | 轉寄郵件 | 转发的邮件 | 原始信息`),
)

const columns = {
  from: list(`
    from | von | de | da | van | från | fra | od | от | от кого | 差出人 | 送信者 | 发件人 | 寄件者 | 发送人 | 寄件人 | від | lähettäjä | reply-to | antwort an`),
  other: list(`
    sent | date | to | cc | subject | importance | gesendet | datum | an | betreff | kopie | envoyé | date | à | objet | enviado | enviado el
    fecha | para | asunto | inviato | data | a | oggetto | enviada em | enviado em | enviada | assunto | verzonden | aan | onderwerp
    skickat | till | ämne | kopia | sendt | til | emne | dato | wysłano | wysłane | do | temat | дата | кому | тема | отправлено | копия
    送信日時 | 日付 | 日時 | 宛先 | 件名 | 发送时间 | 发送日期 | 日期 | 时间 | 收件人 | 主题 | 抄送 | 主旨 | 寄件日期 | lähetetty | vastaanottaja | aihe
    надіслано | envoyé le | copie à | organization | sender | attachments`),
}
export const fromWords = new Set(columns.from)
export const headerWords = new Set([...columns.from, ...columns.other])

/** A line that a phone or a mail program adds to what its owner wrote: it begins with one of these. */
export const sentFromBeginnings = list(`
  sent from my | sent from mail for | sent from [mail] | sent from mailbox | sent from windows mail | sent from outlook | sent from yahoo | sent from gmail
  sent from samsung | sent from the samsung | sent from mobile | sent from a phone | from my iphone | from my ipad | from my android | sent by my | sent via | sent with proton | sent using | sent with | get outlook for | sent on the go
  von meinem | gesendet von meinem | gesendet von mail | gesendet mit der | gesendet mit | diese nachricht wurde von meinem | outlook für | holen sie sich outlook
  envoyé de mon | envoyé depuis mon | envoyé à partir de | envoyé depuis | télécharger outlook | obtenez outlook | obtenir outlook
  enviado desde mi | enviado desde | obtener outlook | enviado do meu | enviado a partir do | enviado do | obter o outlook
  inviato da | inviato dal mio | scarica outlook | ottieni outlook | verzonden vanaf mijn | verzonden met | verstuurd vanaf mijn | verzonden vanuit | verstuurd vanaf | outlook voor
  skickat från min | skickat från | hämta outlook | sendt fra min | sendt fra | hent outlook | wysłane z | wysłano z | pobierz outlook | uzyskaj outlook
  отправлено с | отправлено из | скачать outlook | iphoneから送信 | ipadから送信 | 私のiphoneから送信 | outlook for
  发自我的 | 來自我的 | 发自 | 從我的 | 获取 outlook | 取得 outlook | 从我的`)
/** Or ends with one of these. */
export const sentFromEndings = list('gesendet | から送信 | 发送 | 傳送 | 传送 | から送信されました')
