import type { ArchiveNotes } from '../mime/archive-notes.ts'

/** Why mails of an archive are left out, with how many. */
export const noneLeftOut = { deleted: 0, draft: 0, spam: 0, trash: 0, chat: 0 }
export type LeftOut = keyof typeof noneLeftOut

/** What `--include` takes: the rest is never imported. */
export const includable = ['spam', 'trash', 'chat'] as const satisfies LeftOut[]
export type Includable = (typeof includable)[number]

const listOf = (text: string): string[] => text.split(/,\s+/)

// as Gmail, Outlook, Apple Mail, Thunderbird and IMAP servers call these labels and folders
const names: Partial<Record<LeftOut, string>> = {
  draft: `draft, drafts, entwurf, entwürfe, brouillon, brouillons, borrador, borradores, bozza, bozze, rascunho, rascunhos,
    concept, concepten, kladde, kladder, utkast, wersje robocze, szkice, robocze, черновики, 下書き, 草稿, 草稿箱`,
  spam: `spam, junk, junk email, junk e-mail, junk-e-mail, bulk mail, spamverdacht, unerwünschte werbung,
    courrier indésirable, indésirables, correo no deseado, posta indesiderata, lixo eletrônico, lixo eletrónico,
    ongewenste e-mail, ongewenst, uønsket, uønsket mail, søppelpost, skräppost, wiadomości-śmieci, спам, 迷惑メール,
    垃圾邮件, 垃圾郵件`,
  trash: `trash, bin, deleted, deleted items, deleted messages, papierkorb, gelöscht, gelöschte elemente,
    gelöschte objekte, corbeille, éléments supprimés, papelera, elementos eliminados, cestino, posta eliminata, lixeira,
    lixo, itens excluídos, itens eliminados, prullenbak, verwijderde items, papirkurv, slettet post, søppel,
    papperskorgen, borttaget, kosz, elementy usunięte, корзина, удаленные, ゴミ箱, 削除済みアイテム, 垃圾箱, 已删除邮件,
    已删除, 垃圾桶`,
  chat: 'chat, chats',
}
const sent = new Set(
  listOf(`sent, sent mail, gesendet, messages envoyés, envoyés, enviados, inviati, posta inviata, verzonden, sendt, skickat,
    wysłane, отправленные, 送信済み, 送信済みメール, 已发送, 已发邮件, 寄件備份`),
)

const byName = new Map(
  Object.entries(names).flatMap(([reason, text]) => listOf(text).map((name) => [name, reason as LeftOut])),
)

/** Whether Gmail has it among the mails that the mailbox's owner sent. */
export const isSent = ({ labels }: ArchiveNotes): boolean => labels.some((label) => sent.has(label))

/** Why a mail is not imported, by what its archive noted in it; undefined where nothing speaks against it. */
export const reasonInNotes = ({ labels, isDeleted, isDraft }: ArchiveNotes): LeftOut | undefined => {
  if (isDeleted) return 'deleted'
  if (isDraft) return 'draft'
  return labels.map((label) => byName.get(label)).find((reason) => reason !== undefined)
}

/** The same by where it lies in a folder: Thunderbird's and Apple Mail's files, folders of a maildir and its flags. */
export const reasonInPath = (place: string): LeftOut | undefined => {
  const parts = place.normalize('NFC').toLowerCase().split(/[\\/]/)
  // maildir: 1700000000.M1P2.host:2,DST, D for a draft, T for the trash
  const flags = /[:;]2,([a-z]*)$/.exec(parts.at(-1) ?? '')?.[1] ?? ''
  if (flags.includes('t')) return 'deleted'
  if (flags.includes('d')) return 'draft'
  const folders = parts.map((part) => part.replace(/\.(?:mbox|mbx|sbd)$/, ''))
  // maildir++: .INBOX.Trash
  return folders.flatMap((part) => byName.get(part) ?? byName.get(part.slice(part.lastIndexOf('.') + 1)) ?? [])[0]
}
