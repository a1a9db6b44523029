import type { Problem } from './check.ts'

type Rule = Problem['rule']

export interface Words {
  lang: string
  isRightToLeft?: boolean
  name: string
  email: string
  subject: string
  message: string
  files: string
  /** Behind the labels of what may be left out. */
  optional: string
  /** For the field that only robots fill in. */
  leaveEmpty: string
  send: string
  notSent: string
  chooseAgain: string
  goBack: string
  thanks: string
  arrived: string
  another: string
  /** {label} is the field, {most} what it may hold. */
  rules: Record<Rule, string>
  tooOften: string
}

const en: Words = {
  lang: 'en',
  name: 'Your name',
  email: 'Your email address',
  subject: 'Subject',
  message: 'Message',
  files: 'Files',
  optional: 'optional',
  leaveEmpty: 'Leave this empty',
  send: 'Send',
  notSent: 'Not sent yet',
  chooseAgain: 'Please choose your files again: browsers do not keep them.',
  goBack: 'Go back in your browser: what you typed is still there.',
  thanks: 'Thank you',
  arrived: 'Your message has arrived.',
  another: 'Write another message',
  rules: {
    required: '{label} is required.',
    email: 'Invalid email address format.',
    oneLine: '{label} must be one line.',
    tooLong: '{label} must not be longer than {most} characters.',
    tooMany: '{label}: at most {most}.',
    tooLarge: '{label}: at most {most} MB together.',
    unknown: '{label} is not a field of this form.',
    robot: 'This looked like a robot’s post. If you are none, please send it again.',
    tooFast: 'That was faster than people type. If you are no robot, please send it again.',
  },
  tooOften: 'Too many messages in a short time: try again in {minutes} minutes.',
}

const de: Words = {
  lang: 'de',
  name: 'Ihr Name',
  email: 'Ihre E-Mail-Adresse',
  subject: 'Betreff',
  message: 'Nachricht',
  files: 'Dateien',
  optional: 'freiwillig',
  leaveEmpty: 'Bitte leer lassen',
  send: 'Senden',
  notSent: 'Noch nicht gesendet',
  chooseAgain: 'Bitte wählen Sie Ihre Dateien noch einmal aus: Browser behalten sie nicht.',
  goBack: 'Gehen Sie im Browser zurück: Was Sie geschrieben haben, ist noch da.',
  thanks: 'Vielen Dank',
  arrived: 'Ihre Nachricht ist angekommen.',
  another: 'Noch eine Nachricht schreiben',
  rules: {
    required: '{label} fehlt.',
    email: 'Das ist keine gültige E-Mail-Adresse.',
    oneLine: '{label} muss in einer Zeile stehen.',
    tooLong: '{label}: höchstens {most} Zeichen.',
    tooMany: '{label}: höchstens {most}.',
    tooLarge: '{label}: zusammen höchstens {most} MB.',
    unknown: '{label} ist kein Feld dieses Formulars.',
    robot: 'Das sah nach einem Roboter aus. Wenn Sie keiner sind, senden Sie es bitte noch einmal.',
    tooFast: 'Das war schneller, als Menschen tippen. Wenn Sie kein Roboter sind, senden Sie es bitte noch einmal.',
  },
  tooOften: 'Zu viele Nachrichten in kurzer Zeit: Versuchen Sie es in {minutes} Minuten noch einmal.',
}

const fr: Words = {
  lang: 'fr',
  name: 'Votre nom',
  email: 'Votre adresse e-mail',
  subject: 'Objet',
  message: 'Message',
  files: 'Fichiers',
  optional: 'facultatif',
  leaveEmpty: 'À laisser vide',
  send: 'Envoyer',
  notSent: 'Pas encore envoyé',
  chooseAgain: 'Veuillez choisir vos fichiers à nouveau : les navigateurs ne les gardent pas.',
  goBack: 'Revenez en arrière dans votre navigateur : votre texte y est encore.',
  thanks: 'Merci',
  arrived: 'Votre message est arrivé.',
  another: 'Écrire un autre message',
  rules: {
    required: '{label} : ce champ est obligatoire.',
    email: 'Cette adresse e-mail n’est pas valide.',
    oneLine: '{label} : une seule ligne, s’il vous plaît.',
    tooLong: '{label} : {most} caractères au plus.',
    tooMany: '{label} : {most} au plus.',
    tooLarge: '{label} : {most} Mo au plus en tout.',
    unknown: '{label} n’est pas un champ de ce formulaire.',
    robot: 'Cet envoi ressemblait à celui d’un robot. Si vous n’en êtes pas un, envoyez-le encore une fois.',
    tooFast: 'C’était plus rapide qu’un humain. Si vous n’êtes pas un robot, envoyez-le encore une fois.',
  },
  tooOften: 'Trop de messages en peu de temps : réessayez dans {minutes} minutes.',
}

const es: Words = {
  lang: 'es',
  name: 'Su nombre',
  email: 'Su correo electrónico',
  subject: 'Asunto',
  message: 'Mensaje',
  files: 'Archivos',
  optional: 'opcional',
  leaveEmpty: 'Deje esto vacío',
  send: 'Enviar',
  notSent: 'Aún no se ha enviado',
  chooseAgain: 'Vuelva a elegir sus archivos: los navegadores no los conservan.',
  goBack: 'Vuelva atrás en su navegador: lo que escribió sigue ahí.',
  thanks: 'Gracias',
  arrived: 'Su mensaje ha llegado.',
  another: 'Escribir otro mensaje',
  rules: {
    required: '{label}: este campo es obligatorio.',
    email: 'La dirección de correo electrónico no es válida.',
    oneLine: '{label}: debe ser una sola línea.',
    tooLong: '{label}: {most} caracteres como máximo.',
    tooMany: '{label}: {most} como máximo.',
    tooLarge: '{label}: {most} MB como máximo en total.',
    unknown: '{label} no es un campo de este formulario.',
    robot: 'Este envío parecía de un robot. Si no lo es, envíelo otra vez.',
    tooFast: 'Fue más rápido de lo que escribe una persona. Si no es un robot, envíelo otra vez.',
  },
  tooOften: 'Demasiados mensajes en poco tiempo: inténtelo de nuevo en {minutes} minutos.',
}

const ar: Words = {
  lang: 'ar',
  isRightToLeft: true,
  name: 'اسمك',
  email: 'بريدك الإلكتروني',
  subject: 'الموضوع',
  message: 'الرسالة',
  files: 'الملفات',
  optional: 'اختياري',
  leaveEmpty: 'اترك هذا الحقل فارغًا',
  send: 'إرسال',
  notSent: 'لم تُرسل بعد',
  chooseAgain: 'يرجى اختيار ملفاتك مرة أخرى: المتصفحات لا تحتفظ بها.',
  goBack: 'ارجع إلى الصفحة السابقة في متصفحك: ما كتبته ما زال هناك.',
  thanks: 'شكرًا لك',
  arrived: 'وصلت رسالتك.',
  another: 'كتابة رسالة أخرى',
  rules: {
    required: '{label}: هذا الحقل مطلوب.',
    email: 'عنوان البريد الإلكتروني غير صالح.',
    oneLine: '{label}: يجب أن يكون سطرًا واحدًا.',
    tooLong: '{label}: الحد الأقصى لعدد الأحرف هو {most}.',
    tooMany: '{label}: الحد الأقصى للعدد هو {most}.',
    tooLarge: '{label}: الحد الأقصى للحجم الإجمالي هو {most} ميغابايت.',
    unknown: '{label} ليس من حقول هذا النموذج.',
    robot: 'بدا هذا الإرسال كأنه من روبوت. إن لم تكن كذلك فأرسله مرة أخرى.',
    tooFast: 'كان ذلك أسرع مما يكتب الناس. إن لم تكن روبوتًا فأرسله مرة أخرى.',
  },
  tooOften: 'رسائل كثيرة في وقت قصير: حاول مرة أخرى بعد {minutes} من الدقائق.',
}

export const english = en
const languages = [en, de, fr, es, ar]

/** The language that the browser likes best among ours (RFC 9110, 12.5.4); English where it knows none of them. */
export const wordsFor = (acceptLanguage = ''): Words => {
  const wishes = acceptLanguage
    .slice(0, 500)
    .split(',')
    .map((wish) => {
      const [tag = '', ...options] = wish.trim().toLowerCase().split(';')
      const quality = options.map((option) => /^\s*q=([\d.]+)\s*$/.exec(option)?.[1]).find((q) => q !== undefined)
      return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  for (const { language } of wishes) {
    const words = languages.find(({ lang }) => lang === language)
    if (words) return words
  }
  return en
}

/** One sentence, in which the field is called as the page calls it. */
export const sentenceOf = ({ rules, lang }: Words, { rule, most = 0 }: Problem, label: string): string => {
  const number = rule === 'tooLarge' ? most / (1024 * 1024) : most
  return rules[rule].replace('{label}', () => label).replace('{most}', number.toLocaleString(lang))
}
