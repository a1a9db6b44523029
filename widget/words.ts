/** Everything that a visitor reads or hears, in one language. */
export interface Words {
  language: string
  isRightToLeft?: boolean
  title: string
  greeting: string
  open: string
  openWithUnread: (count: number) => string
  close: string
  conversation: string
  earlier: string
  message: string
  send: string
  you: string
  team: string
  waiting: string
  away: string
  refused: string
  news: (author: string) => string
}

const en: Words = {
  language: 'en',
  title: 'Chat with us',
  greeting: 'Hello! Write to us here. You need not wait: the answer will be here when you come back.',
  open: 'Open chat',
  openWithUnread: (count) => `Open chat, ${count} unread`,
  close: 'Close chat',
  conversation: 'Conversation',
  earlier: 'Show earlier messages',
  message: 'Your message',
  send: 'Send',
  you: 'You',
  team: 'Support',
  waiting: 'Not sent yet',
  away: 'No connection. What you write is kept and sent as soon as there is one.',
  refused: 'The chat is not available here. What you write is kept.',
  news: (author) => `New message from ${author}`,
}

const de: Words = {
  language: 'de',
  title: 'Schreiben Sie uns',
  greeting: 'Guten Tag! Schreiben Sie uns hier. Sie müssen nicht warten: Die Antwort ist da, wenn Sie wiederkommen.',
  open: 'Chat öffnen',
  openWithUnread: (count) => `Chat öffnen, ${count} ungelesen`,
  close: 'Chat schließen',
  conversation: 'Unterhaltung',
  earlier: 'Frühere Nachrichten zeigen',
  message: 'Ihre Nachricht',
  send: 'Senden',
  you: 'Sie',
  team: 'Support',
  waiting: 'Noch nicht gesendet',
  away: 'Keine Verbindung. Was Sie schreiben, wird aufgehoben und gesendet, sobald es wieder geht.',
  refused: 'Der Chat ist hier nicht verfügbar. Was Sie schreiben, wird aufgehoben.',
  news: (author) => `Neue Nachricht von ${author}`,
}

const fr: Words = {
  language: 'fr',
  title: 'Écrivez-nous',
  greeting: 'Bonjour ! Écrivez-nous ici. Inutile d’attendre : la réponse sera là à votre retour.',
  open: 'Ouvrir le chat',
  openWithUnread: (count) => `Ouvrir le chat, ${count} non lu${count > 1 ? 's' : ''}`,
  close: 'Fermer le chat',
  conversation: 'Conversation',
  earlier: 'Afficher les messages précédents',
  message: 'Votre message',
  send: 'Envoyer',
  you: 'Vous',
  team: 'Support',
  waiting: 'Pas encore envoyé',
  away: 'Pas de connexion. Ce que vous écrivez est conservé et sera envoyé dès que possible.',
  refused: 'Le chat n’est pas disponible ici. Ce que vous écrivez est conservé.',
  news: (author) => `Nouveau message de ${author}`,
}

const es: Words = {
  language: 'es',
  title: 'Escríbanos',
  greeting: '¡Hola! Escríbanos aquí. No hace falta que espere: la respuesta estará aquí cuando vuelva.',
  open: 'Abrir el chat',
  openWithUnread: (count) => `Abrir el chat, ${count} sin leer`,
  close: 'Cerrar el chat',
  conversation: 'Conversación',
  earlier: 'Mostrar mensajes anteriores',
  message: 'Su mensaje',
  send: 'Enviar',
  you: 'Usted',
  team: 'Soporte',
  waiting: 'Aún sin enviar',
  away: 'Sin conexión. Lo que escriba se guarda y se enviará en cuanto sea posible.',
  refused: 'El chat no está disponible aquí. Lo que escriba se guarda.',
  news: (author) => `Mensaje nuevo de ${author}`,
}

const ar: Words = {
  language: 'ar',
  isRightToLeft: true,
  title: 'تواصل معنا',
  greeting: 'مرحبًا! اكتب لنا هنا. لا داعي للانتظار: ستجد الرد هنا عند عودتك.',
  open: 'فتح المحادثة',
  openWithUnread: (count) => `فتح المحادثة، غير مقروء: ${count}`,
  close: 'إغلاق المحادثة',
  conversation: 'المحادثة',
  earlier: 'عرض الرسائل السابقة',
  message: 'رسالتك',
  send: 'إرسال',
  you: 'أنت',
  team: 'الدعم',
  waiting: 'لم تُرسل بعد',
  away: 'لا يوجد اتصال. يُحفظ ما تكتبه ويُرسل فور عودة الاتصال.',
  refused: 'المحادثة غير متاحة هنا. يُحفظ ما تكتبه.',
  news: (author) => `رسالة جديدة من ${author}`,
}

const all = [en, de, fr, es, ar]

/** The first of these language tags that there are words for; English otherwise. */
export const wordsFor = (tags: (string | undefined)[]): Words => {
  for (const tag of tags) {
    const language = tag?.toLowerCase().split(/[-_]/)[0]
    const words = all.find((known) => known.language === language)
    if (words) return words
  }
  return en
}
