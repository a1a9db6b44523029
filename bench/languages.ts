/** What people of one language are called and how they write. */
export interface Language {
  /** Of a hundred workspaces, how many mainly write it. */
  share: number
  /** As they are written, and in Latin letters for the address. */
  given: [name: string, latin: string][]
  family: [name: string, latin: string][]
  familyFirst?: true
  hello: string[]
  bye: string[]
  /** Commonest first. Braces are filled in: w a word, thing a product, order, amount, day, name. */
  customer: string[]
  agent: string[]
  subjects: string[]
  /** Nouns of the trade, commonest first. */
  words: string[]
  /** How a mail introduces what it quotes. */
  wrote: string
}

const lines = (text: string): string[] => text.trim().split(/\s*[\n|]\s*/)
const words = (text: string): string[] => text.trim().split(/\s+/)
const names = (text: string): [string, string][] =>
  words(text).map((each) => {
    const [name, latin = name] = each.split('/') as [string, string?]
    return [name, latin.toLowerCase().replace(/[^a-z]/g, '')]
  })

const english: Language = {
  share: 40,
  given: names(
    'James Mary Olivia Liam Noah Emma Ava Sophia Mia Amelia Harper Ethan Lucas Mason Logan Grace Chloe Jack Ruby Priya',
  ),
  family: names(
    'Smith Johnson Williams Brown Jones Miller Davis Wilson Taylor Clark Lewis Walker Hall Young King Wright Patel Singh',
  ),
  hello: ['Hi', 'Hello', 'Hi there,', 'Good morning,', 'Dear support team,'],
  bye: ['Thanks,', 'Best regards,', 'Kind regards,', 'Cheers,', 'Many thanks'],
  customer: lines(`
    I have a question about the {w} of my {thing} account.
    My order {order} has not arrived yet, could you please check the {w}?
    The {w} shows an error since {day} and I cannot find the {w} any more.
    We were charged {amount} twice for the same {w}.
    Could you send me a copy of the {w} for {order}?
    I tried to change the {w} in the settings, but the {w} stays the same.
    How do I export every {w} to a spreadsheet?
    Is there a way to connect {thing} with our {w}?
    Please cancel the {w} and refund the {amount}.
    The last update broke the {w} on my phone.`),
  agent: lines(`
    Thank you for writing to us about the {w}.
    I have looked at {order} and the {w} is on its way, it should reach you by {day}.
    I am sorry for the trouble with the {w}; our team has found the cause and is working on it.
    We have refunded {amount} to the card that you paid with.
    You can change the {w} under Settings, then {thing}, then Save.
    Could you tell us which {w} you use and send a screenshot of the {w}?
    The {w} was renewed on {day}, so nothing else is needed from your side.
    Please try again with another {w} and let us know if it happens again.`),
  subjects: lines(`
    Question about {w}
    Order {order}
    Problem with the {w}
    {w} not working
    Refund for {order}
    {thing} and {w}`),
  words: words(`
    invoice order account delivery payment password refund subscription email address card login plan shipment tracking
    receipt contract export import report calendar team user licence discount coupon trial upgrade size colour parcel
    warranty return address notification webhook key integration dashboard filter template domain certificate backup
    printer battery cable charger screen keyboard adapter voucher statement balance deposit quota bandwidth sandbox
    tenant migration archive attachment signature newsletter survey glossary taxonomy reconciliation`),
  wrote: 'On {day}, {name} wrote:',
}

const german: Language = {
  share: 14,
  given: names(
    'Anna Lukas Lena Jürgen/Juergen Björn/Bjoern Sabine Klaus Käthe/Kaethe Felix Marie Jonas Heike Uwe Mareike',
  ),
  family: names(
    'Müller/Mueller Schmidt Schneider Fischer Weber Groß/Gross Bäcker/Baecker Hoffmann Schäfer/Schaefer Köhler',
  ),
  hello: ['Hallo', 'Guten Tag,', 'Sehr geehrte Damen und Herren,', 'Hallo zusammen,'],
  bye: ['Viele Grüße', 'Mit freundlichen Grüßen', 'Danke und Gruß', 'Beste Grüße'],
  customer: lines(`
    ich habe eine Frage zur {w} meines Kontos bei {thing}.
    Meine Bestellung {order} ist noch nicht angekommen, können Sie bitte die {w} prüfen?
    Seit {day} zeigt die {w} einen Fehler, und ich finde die {w} nicht mehr.
    Uns wurden {amount} doppelt für dieselbe {w} abgebucht.
    Könnten Sie mir eine Kopie der {w} zu {order} schicken?
    Bitte kündigen Sie die {w} und erstatten Sie die {amount}.`),
  agent: lines(`
    vielen Dank für Ihre Nachricht zur {w}.
    Die {w} zu {order} ist unterwegs und sollte bis {day} bei Ihnen sein.
    Wir haben Ihnen {amount} erstattet.
    Die {w} können Sie unter Einstellungen und {thing} ändern.
    Bitte schicken Sie uns ein Bildschirmfoto der {w}.`),
  subjects: lines('Frage zur {w} | Bestellung {order} | Störung bei der {w} | Änderung der {w}'),
  words: words(`
    Rechnung Bestellung Lieferung Zahlung Adresse Anmeldung Rückerstattung Kündigung Gutschrift Mahnung Größe Farbe
    Kontoverbindung Rechnungsanschrift Lieferverzögerung Sendungsverfolgung Benutzerverwaltung Schnittstelle Zugangsdaten
    Übersicht Einstellung Umsatzsteuer Gewährleistung Auftragsbestätigung Vertragsverlängerung Tarifänderung Straße`),
  wrote: 'Am {day} schrieb {name}:',
}

const french: Language = {
  share: 9,
  given: names(
    'Léa/Lea Camille Chloé/Chloe Manon Louis Gabriel Jules François/Francois Hélène/Helene Zoé/Zoe Élodie/Elodie',
  ),
  family: names(
    'Martin Bernard Dubois Durand Lefèvre/Lefevre Moreau Girard Lefebvre Garçon/Garcon Noël/Noel Béranger/Beranger',
  ),
  hello: ['Bonjour,', 'Bonjour', 'Madame, Monsieur,'],
  bye: ['Cordialement,', 'Merci d’avance,', 'Bien à vous,'],
  customer: lines(`
    j’ai une question sur la {w} de mon compte {thing}.
    Ma commande {order} n’est pas encore arrivée, pouvez-vous vérifier la {w} ?
    Depuis {day}, la {w} affiche une erreur.
    Nous avons été débités deux fois de {amount} pour la même {w}.
    Où trouver la {w} de la commande {order} ?`),
  agent: lines(`
    merci de nous avoir écrit au sujet de la {w}.
    La {w} de {order} est en route et arrivera d’ici {day}.
    Nous vous avons remboursé {amount}.
    Vous pouvez modifier la {w} dans les réglages de {thing}.`),
  subjects: lines('Question sur la {w} | Commande {order} | Problème de {w}'),
  words: words(`
    facture commande livraison adresse carte résiliation réclamation garantie taille couleur connexion intégration
    notification clé exportation sauvegarde imprimante échéance pièce réduction société hébergement déclaration`),
  wrote: 'Le {day}, {name} a écrit :',
}

const spanish: Language = {
  share: 9,
  given: names(
    'Lucía/Lucia Sofía/Sofia Martina Hugo Mateo Álvaro/Alvaro José/Jose Íñigo/Inigo Begoña/Begona Ramón/Ramon',
  ),
  family: names('García/Garcia Rodríguez/Rodriguez López/Lopez Núñez/Nunez Peña/Pena Muñoz/Munoz Ibáñez/Ibanez Castro'),
  hello: ['Hola,', 'Buenos días,', 'Estimado equipo:'],
  bye: ['Gracias,', 'Un saludo,', 'Saludos cordiales,'],
  customer: lines(`
    tengo una pregunta sobre la {w} de mi cuenta de {thing}.
    Mi pedido {order} todavía no ha llegado, ¿pueden revisar la {w}?
    Desde el {day} la {w} muestra un error.
    Nos han cobrado {amount} dos veces por la misma {w}.
    ¿Cómo cambio la {w} en la configuración?`),
  agent: lines(`
    gracias por escribirnos sobre la {w}.
    La {w} de {order} está en camino y llegará antes del {day}.
    Hemos devuelto {amount} a su tarjeta.
    Puede cambiar la {w} en los ajustes de {thing}.`),
  subjects: lines('Pregunta sobre la {w} | Pedido {order} | Problema con la {w}'),
  words: words(`
    factura entrega dirección contraseña devolución suscripción tarjeta garantía talla conexión integración notificación
    clave exportación reclamación prórroga señal compañía año descuento impresora batería migración`),
  wrote: 'El {day}, {name} escribió:',
}

const russian: Language = {
  share: 6,
  given: names(
    'Анна/Anna Иван/Ivan Мария/Maria Дмитрий/Dmitri Ольга/Olga Сергей/Sergei Наталья/Natalia Алексей/Alexei',
  ),
  family: names('Петрова/Petrova Соколов/Sokolov Кузнецов/Kuznetsov Морозова/Morozova Волков/Volkov Орлова/Orlova'),
  hello: ['Здравствуйте!', 'Добрый день,'],
  bye: ['Спасибо!', 'С уважением,'],
  customer: lines(`
    у меня вопрос: где найти {w} в {thing}?
    Заказ {order} ещё не пришёл, проверьте, пожалуйста, {w}.
    С {day} не работает {w}.
    С нас дважды списали {amount} за {w}.`),
  agent: lines(`
    спасибо, что написали нам про {w}.
    Заказ {order} в пути и прибудет до {day}.
    Мы вернули {amount} на вашу карту.
    Попробуйте ещё раз открыть {w} в {thing}.`),
  subjects: lines('Вопрос про {w} | Заказ {order} | Не работает {w}'),
  words: words(
    'счёт заказ доставка оплата пароль возврат подписка адрес карта вход договор отчёт гарантия размер ключ архив',
  ),
  wrote: '{day}, {name} написал:',
}

const japanese: Language = {
  share: 7,
  given: names('美咲/Misaki 翔太/Shota さくら/Sakura 大輔/Daisuke 結衣/Yui 健一/Kenichi 陽菜/Hina 直樹/Naoki'),
  family: names('佐藤/Sato 鈴木/Suzuki 高橋/Takahashi 田中/Tanaka 伊藤/Ito 渡辺/Watanabe 山本/Yamamoto 中村/Nakamura'),
  familyFirst: true,
  hello: ['お世話になっております。', 'こんにちは。'],
  bye: ['よろしくお願いいたします。', '以上、よろしくお願いします。'],
  customer: lines(`
    {thing}の{w}について質問があります。
    注文番号{order}がまだ届きません。{w}を確認していただけますか。
    {day}から{w}でエラーが表示されます。
    同じ{w}で{amount}が二重に請求されました。
    {w}の変更方法を教えてください。`),
  agent: lines(`
    {w}についてお問い合わせいただきありがとうございます。
    ご注文{order}は{day}までにお届けする予定です。
    {amount}を返金いたしました。
    {thing}の設定画面から{w}を変更できます。`),
  subjects: lines('{w}について | 注文{order} | {w}の不具合'),
  words: words(
    '請求書 注文 配送 支払い パスワード 返金 契約 住所 領収書 ログイン 設定 保証 サイズ 在庫 通知 東京都 見積書 解約',
  ),
  wrote: '{day} {name}:',
}

const chinese: Language = {
  share: 5,
  given: names('伟/Wei 芳/Fang 娜/Na 敏/Min 静/Jing 强/Qiang 磊/Lei 洋/Yang'),
  family: names('王/Wang 李/Li 张/Zhang 刘/Liu 陈/Chen 杨/Yang 赵/Zhao 黄/Huang'),
  familyFirst: true,
  hello: ['您好，', '你好！'],
  bye: ['谢谢！', '此致敬礼'],
  customer: lines(`
    我想咨询一下{thing}的{w}。
    我的订单{order}还没有到，请帮忙查一下{w}。
    从{day}开始{w}一直报错。
    同一个{w}被扣了两次{amount}。`),
  agent: lines(`
    感谢您就{w}联系我们。
    订单{order}已经发出，预计{day}送达。
    我们已退款{amount}。
    您可以在{thing}的设置中修改{w}。`),
  subjects: lines('关于{w} | 订单{order} | {w}的问题'),
  words: words('发票 订单 配送 付款 密码 退款 订阅 地址 合同 登录 账户 保修 尺寸 通知 证书 备份 优惠券 北京'),
  wrote: '{day} {name} 写道：',
}

const korean: Language = {
  share: 3,
  given: names('민준/Minjun 서연/Seoyeon 지우/Jiwoo 하은/Haeun 도윤/Doyun 수빈/Subin'),
  family: names('김/Kim 이/Lee 박/Park 최/Choi 정/Jung 강/Kang'),
  familyFirst: true,
  hello: ['안녕하세요.', '안녕하세요,'],
  bye: ['감사합니다.', '수고하세요.'],
  customer: lines(`
    {thing} {w} 관련 문의드립니다.
    주문 {order}이 아직 도착하지 않았습니다. {w} 확인 부탁드립니다.
    {day}부터 {w} 오류가 납니다.`),
  agent: lines(`
    {w} 문의 주셔서 감사합니다.
    주문 {order}은 {day}까지 도착할 예정입니다.
    {amount} 환불해 드렸습니다.`),
  subjects: lines('{w} 문의 | 주문 {order}'),
  words: words('청구서 주문 배송 결제 비밀번호 환불 구독 주소 영수증 로그인 설정 보증 알림 계약'),
  wrote: '{day} {name} 작성:',
}

const arabic: Language = {
  share: 4,
  given: names('محمد/Mohamed أحمد/Ahmed فاطمة/Fatima مريم/Maryam يوسف/Youssef ليلى/Layla عمر/Omar نور/Nour'),
  family: names('حسن/Hassan علي/Ali إبراهيم/Ibrahim منصور/Mansour خليل/Khalil سالم/Salem'),
  hello: ['مرحبا،', 'السلام عليكم،'],
  bye: ['شكرا لكم', 'مع التحية'],
  customer: lines(`
    لدي سؤال عن {w} في {thing}.
    لم يصل الطلب {order} حتى الآن، هل يمكنكم التحقق من {w}؟
    منذ {day} تظهر رسالة خطأ في {w}.
    تم خصم {amount} مرتين من أجل {w}.`),
  agent: lines(`
    شكرا لتواصلكم معنا بخصوص {w}.
    الطلب {order} في الطريق وسيصل قبل {day}.
    أعدنا لكم {amount}.`),
  subjects: lines('سؤال عن {w} | الطلب {order}'),
  words: words('الفاتورة الطلب التوصيل الدفع كلمة الاشتراك العنوان البطاقة الحساب الضمان الإيصال العقد التقرير المفتاح'),
  wrote: 'في {day} كتب {name}:',
}

const hebrew: Language = {
  share: 3,
  given: names('נועה/Noa יוסי/Yossi תמר/Tamar דוד/David מאיה/Maya איתי/Itai'),
  family: names('כהן/Cohen לוי/Levi מזרחי/Mizrahi פרץ/Peretz ביטון/Biton אברהם/Avraham'),
  hello: ['שלום,', 'היי,'],
  bye: ['תודה רבה,', 'בברכה,'],
  customer: lines(`
    יש לי שאלה על {w} בחשבון {thing}.
    ההזמנה {order} עדיין לא הגיעה, אפשר לבדוק את {w}?
    מאז {day} מופיעה שגיאה עם {w}.`),
  agent: lines(`
    תודה שפניתם אלינו בנושא {w}.
    ההזמנה {order} בדרך ותגיע עד {day}.
    החזרנו {amount} לכרטיס.`),
  subjects: lines('שאלה על {w} | הזמנה {order}'),
  words: words('החשבונית ההזמנה המשלוח התשלום הסיסמה ההחזר המנוי הכתובת הכרטיס האחריות הקבלה החוזה'),
  wrote: 'ב-{day} כתב {name}:',
}

/** The shares add up to a hundred. */
export const languages = [english, german, french, spanish, russian, japanese, chinese, korean, arabic, hebrew]
