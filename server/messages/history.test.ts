import assert from 'node:assert/strict'
import test from 'node:test'
import { leastCpuOf } from '../../test/cpu.ts'
import { segmentsOf } from './history.ts'

const partsOf = (text: string) =>
  Object.fromEntries(
    ['own', 'quoted', 'signature'].map((kind) => [
      kind,
      segmentsOf(text)
        .filter((segment) => segment.kind === kind)
        .flatMap(({ lines }) => lines)
        .filter((line) => line.trim() !== '')
        .join('\n'),
    ]),
  )
const ownOf = (text: string) => partsOf(text)['own']

const introductions = [
  'On Mon, 2 Mar 2026 at 10:00, Ada <ada@team.example> wrote:',
  'On Mon, 2 Mar 2026 at 10:00, Ada Lovelace of the Support Team\n<ada@team.example> wrote:',
  'On Mar 2, 2026, at 10:00 AM, Ada <\nada@team.example> wrote:',
  'Am 02.03.2026 um 10:00 schrieb Ada Lovelace:',
  'Am Mo., 2. März 2026 um 10:00 Uhr schrieb Ada <\nada@team.example>:',
  'Le lun. 2 mars 2026 à 10:00, Ada <ada@team.example> a écrit :',
  'Le lun. 2 mars 2026 à 10:00, Ada <ada@team.example>\na écrit\u00A0:',
  'El lun, 2 mar 2026 a las 10:00, Ada (<ada@team.example>) escribió:',
  'Il giorno lun 2 mar 2026 alle ore 10:00 Ada <ada@team.example> ha scritto:',
  'Em seg., 2 de mar. de 2026 às 10:00, Ada <ada@team.example> escreveu:',
  'Op ma 2 mrt 2026 om 10:00 schreef Ada <ada@team.example>:',
  'Den mån 2 mars 2026 kl 10:00 skrev Ada <ada@team.example>:',
  'Den man. 2. mar. 2026 kl. 10.00 skrev Ada <ada@team.example>:',
  'man. 2. mars 2026 kl. 10:00 skrev Ada <ada@team.example>:',
  'pon., 2 mar 2026 o 10:00 Ada <ada@team.example> napisał(a):',
  'W dniu 02.03.2026 o 10:00, Ada pisze:',
  'пн, 2 мар. 2026 г. в 10:00, Ада <ada@team.example>:',
  '2 марта 2026 г., в 10:00, Ада <ada@team.example> написал(а):',
  '2026年3月2日(月) 10:00 Ada <ada@team.example>:',
  'Ada <ada@team.example> 于2026年3月2日周一 10:00写道：',
  '2026-03-02 10:00 GMT+01:00 Ada <ada@team.example>:',
  '---- On Mon, 02 Mar 2026 10:00:00 +0100 Ada <ada@team.example> wrote ----',
]

for (const introduction of introductions)
  test(`"${introduction.replaceAll('\n', ' ')}" begins quoted history`, () => {
    for (const quoted of ['> Hello\n> there', 'Hello\nthere'])
      assert.equal(ownOf(`Thanks!\n\n${introduction}\n\n${quoted}\n`), 'Thanks!')
    assert.equal(ownOf(`${introduction}\n> Hello\n\nThanks!\n`), 'Thanks!')
  })

test('an address that is wrapped before its last bracket ends the introduction', () => {
  for (const introduction of [
    'Am 2. März 2026 um 10:00 schrieb Ada',
    'man. 2. mars 2026 kl. 10:00 skrev Ada',
    '- Le 2026-03-02 10:00, Ada a écrit',
  ])
    assert.equal(ownOf(`Thanks!\n\n${introduction} <ada@team.example\n>:\n\n> Hello\n`), 'Thanks!')
})

test('an introduction may stand behind a dash', () => {
  assert.equal(ownOf('Merci\n\n- Le 2026-03-02 10:00, Ada a écrit :\n> Bonjour\n'), 'Merci')
})

test('of a forwarded mail the header is quoted and its text is not', () => {
  const header =
    'From: Ada <ada@team.example>\nDate: Mon, 2 Mar 2026 10:00\nSubject: A subject that\nis wrapped\nTo: bob@example.com'
  for (const above of ['', '---------- Forwarded message ----------\n'])
    assert.equal(
      ownOf(
        `${above}${header}\n\nPlease see this.\n\nOn Mon, 1 Mar 2026 at 9:00, Bob <bob@example.com> wrote:\n> Old\n`,
      ),
      'Please see this.',
    )
  assert.equal(ownOf(header), header)
})

test('a name behind a dash at the end is a signature', () => {
  const quoted = '\n\nOn Mon, 2 Mar 2026 at 10:00, Ada <ada@team.example> wrote:\n> Hello\n'
  for (const name of ['-Jane Doe', '-J. van Doe', '/Jane'])
    for (const below of [
      '',
      '\n\n',
      quoted,
      `${quoted}\n_______________________________________________\nusers mailing list\n`,
    ])
      assert.equal(ownOf(`Thanks!\n\n${name}${below}`), 'Thanks!')
  for (const text of [
    'I need:\n\n-Paper clips and pens for all of us here',
    'I need\n-Paper',
    '-Jane',
    'Yes\n\n/ Greetings',
  ])
    assert.equal(ownOf(text), text.replaceAll('\n\n', '\n'))
})

test('a sentence that begins like a line of a phone is none', () => {
  const sentence = 'Sent from my desk, which is so much easier than from a phone.'
  assert.equal(ownOf(`Hello\n\n${sentence}`), `Hello\n${sentence}`)
  for (const line of [
    'Sent from Mailbox',
    'Sent from Windows Mail',
    'Verzonden met BlackBerry Work',
    '從我的 iPhone 傳送',
  ])
    assert.equal(ownOf(`Hello\n\n${line}`), 'Hello', line)
})

const separators = [
  '-----Original Message-----',
  '-----Ursprüngliche Nachricht-----',
  '----- Message d’origine -----',
  '-----Mensaje original-----',
  '-----Messaggio originale-----',
  '-----Mensagem original-----',
  '-----Oorspronkelijk bericht-----',
  '-----Ursprungligt meddelande-----',
  '-----Oprindelig meddelelse-----',
  '-----Opprinnelig melding-----',
  '-----Wiadomość oryginalna-----',
  '-----Исходное сообщение-----',
  '-----元のメッセージ-----',
  '------------------ 原始邮件 ------------------',
  '---------- Forwarded message ---------',
  'Begin forwarded message:',
  'Anfang der weitergeleiteten Nachricht:',
]

for (const separator of separators)
  test(`"${separator}" begins quoted history`, () => {
    assert.equal(ownOf(`Thanks!\n\n${separator}\nHello\nthere`), 'Thanks!')
  })

const headers = {
  English: ['From', 'Sent', 'To', 'Subject'],
  German: ['Von', 'Gesendet', 'An', 'Betreff'],
  French: ['De', 'Envoyé', 'À', 'Objet'],
  Spanish: ['De', 'Enviado el', 'Para', 'Asunto'],
  Italian: ['Da', 'Inviato', 'A', 'Oggetto'],
  Portuguese: ['De', 'Enviada em', 'Para', 'Assunto'],
  Dutch: ['Van', 'Verzonden', 'Aan', 'Onderwerp'],
  Swedish: ['Från', 'Skickat', 'Till', 'Ämne'],
  Danish: ['Fra', 'Sendt', 'Til', 'Emne'],
  Norwegian: ['Fra', 'Sendt', 'Til', 'Emne'],
  Polish: ['Od', 'Wysłano', 'Do', 'Temat'],
  Russian: ['От', 'Отправлено', 'Кому', 'Тема'],
  Japanese: ['差出人', '送信日時', '宛先', '件名'],
  Chinese: ['发件人', '发送时间', '收件人', '主题'],
}

for (const [language, names] of Object.entries(headers))
  test(`Outlook's header in ${language} begins quoted history`, () => {
    const values = ['Ada <ada@team.example>', '2026-03-02 10:00', 'Jane', 'Invoice']
    for (const write of [
      (name: string, i: number) => `${name}: ${values[i]}`,
      (name: string, i: number) => `*${name}:* ${values[i]}`,
      (name: string, i: number) => `${name} : ${values[i]}`,
    ]) {
      const header = names.map(write).join('\n')
      for (const line of ['', `${'_'.repeat(32)}\n`])
        assert.equal(ownOf(`Thanks!\n\n${line}${header}\n\nHello\nthere`), 'Thanks!')
    }
  })

const sentFrom = [
  'Sent from my iPhone',
  'Get Outlook for iOS <https://aka.ms/o0ukef>',
  'Von meinem iPhone gesendet',
  'Envoyé de mon iPhone',
  'Enviado desde mi iPhone',
  'Inviato da iPhone',
  'Enviado do meu iPhone',
  'Verstuurd vanaf mijn iPhone',
  'Skickat från min iPhone',
  'Sendt fra min iPhone',
  'Wysłane z iPhone’a',
  'Отправлено с iPhone',
  'iPhoneから送信',
  '发自我的 iPhone',
]

for (const line of sentFrom)
  test(`"${line}" is a signature`, () => {
    assert.deepEqual(partsOf(`Thanks!\n\n${line}\n\nOn 2 Mar 2026, at 10:00, Ada wrote:\n\n> Hi\n`), {
      own: 'Thanks!',
      quoted: 'On 2 Mar 2026, at 10:00, Ada wrote:\n> Hi',
      signature: line,
    })
  })

const kept = [
  'I wrote:\nplease call me.',
  'He said: yes.\nFrom: the start it was wrong.',
  'On Monday I wrote to you:\nno answer came.',
  'Sent from my office yesterday, it should have arrived by now. Could you check?\nThe number is 12.\nThanks\nJane',
  'Subject: what I want to know\nDate: tomorrow',
  'The log says:\n2026-03-02 10:00:00 error\n2026-03-02 10:00:01 error again',
  'Please send to a@example.com at 10:00.\nDo not send to b@example.com:\nit is old.',
  '1.5 kg\n--option is what I typed\nand then',
  '-- ',
  '> only a quotation',
]

for (const text of kept)
  test(`${JSON.stringify(text)} is kept whole`, () => {
    assert.deepEqual(partsOf(text), { own: text, quoted: '', signature: '' })
  })

test('answers between quoted lines are own', () => {
  const text = 'On Mon, 2 Mar 2026, Ada wrote:\n> One?\n\nYes.\n\n> Two?\n\nNo.\n-- \nJane'
  assert.deepEqual(partsOf(text), {
    own: 'Yes.\nNo.',
    quoted: 'On Mon, 2 Mar 2026, Ada wrote:\n> One?\n> Two?',
    signature: '-- \nJane',
  })
})

test('a quoted line that was wrapped without its sign stays quoted', () => {
  const long = `> ${'a long line of somebody else '.repeat(3)}`
  assert.equal(ownOf(`Yes.\n\n${long}\nwhich goes on\n> here\n`), 'Yes.')
})

const repeated = [
  'Le a <',
  'On 1:00 <\n',
  '> a\nx\n',
  'From: a\nTo: b\nx\n',
  'On 10:00 a@b\n\n',
  'wrote: ',
  '_',
  '-- \n',
]
test('the time to find quoted history grows with the text, whatever is in it', () => {
  for (const unit of repeated) {
    const cost = (characters: number) => {
      const text = unit.repeat(characters / unit.length)
      return leastCpuOf(() => void segmentsOf(text))
    }
    const [once, twice] = [cost(50_000), cost(100_000)]
    assert.ok(twice < 3 * once + 20, `${JSON.stringify(unit)}: ${once} and ${twice} ms`)
  }
})
