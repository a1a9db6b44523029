interface Provider {
  /** Where its customers have their addresses. */
  domains: string
  /** Where they sign in to send; empty where nobody can, or it is not known. */
  hosts: string
}

// The large ones, by hand. Of a domain that is missing here the first workspace that uses it is the owner, until the operator
// says otherwise.
const providers: Provider[] = [
  { domains: 'gmail.com googlemail.com', hosts: 'smtp.gmail.com smtp.googlemail.com' },
  {
    domains:
      'outlook.com outlook.de outlook.fr outlook.es outlook.it outlook.jp outlook.com.br outlook.com.au hotmail.com hotmail.co.uk hotmail.de hotmail.fr hotmail.it hotmail.es hotmail.com.br live.com live.co.uk live.de live.fr live.nl live.it live.ca live.com.au msn.com passport.com windowslive.com',
    hosts: 'smtp.office365.com smtp-mail.outlook.com',
  },
  {
    domains:
      'yahoo.com yahoo.co.uk yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.ca yahoo.in yahoo.co.in yahoo.com.br yahoo.com.au yahoo.com.mx yahoo.com.ar yahoo.com.sg yahoo.com.ph yahoo.co.id ymail.com rocketmail.com myyahoo.com',
    hosts: 'smtp.mail.yahoo.com',
  },
  { domains: 'yahoo.co.jp ymail.ne.jp', hosts: 'smtp.mail.yahoo.co.jp' },
  { domains: 'aol.com aol.co.uk aol.de aol.fr aim.com verizon.net', hosts: 'smtp.aol.com smtp.verizon.net' },
  { domains: 'icloud.com me.com mac.com', hosts: 'smtp.mail.me.com smtp.mail.icloud.com' },
  {
    domains: 'gmx.net gmx.de gmx.at gmx.ch gmx.com gmx.us gmx.co.uk gmx.fr gmx.es',
    hosts: 'mail.gmx.net mail.gmx.com smtp.gmx.net smtp.gmx.com',
  },
  { domains: 'web.de', hosts: 'smtp.web.de' },
  { domains: 'mail.com email.com usa.com consultant.com', hosts: 'smtp.mail.com' },
  { domains: 't-online.de magenta.de', hosts: 'securesmtp.t-online.de smtp.telekom.de' },
  { domains: 'freenet.de', hosts: 'mx.freenet.de' },
  { domains: 'posteo.de posteo.net', hosts: 'posteo.de' },
  { domains: 'mailbox.org', hosts: 'smtp.mailbox.org' },
  { domains: 'proton.me protonmail.com protonmail.ch pm.me', hosts: 'smtp.protonmail.ch' },
  { domains: 'fastmail.com fastmail.fm', hosts: 'smtp.fastmail.com smtp.messagingengine.com' },
  { domains: 'zoho.com zohomail.com zoho.eu zohomail.eu', hosts: 'smtp.zoho.com smtp.zoho.eu' },
  { domains: 'yandex.ru yandex.com yandex.by yandex.kz ya.ru', hosts: 'smtp.yandex.ru smtp.yandex.com' },
  { domains: 'mail.ru inbox.ru list.ru bk.ru internet.ru', hosts: 'smtp.mail.ru' },
  { domains: 'rambler.ru lenta.ru', hosts: 'smtp.rambler.ru' },
  { domains: 'orange.fr wanadoo.fr', hosts: 'smtp.orange.fr' },
  { domains: 'free.fr', hosts: 'smtp.free.fr' },
  { domains: 'laposte.net', hosts: 'smtp.laposte.net' },
  { domains: 'sfr.fr neuf.fr', hosts: 'smtp.sfr.fr' },
  { domains: 'libero.it virgilio.it', hosts: 'smtp.libero.it' },
  { domains: 'bluewin.ch', hosts: 'smtpauths.bluewin.ch' },
  { domains: 'wp.pl', hosts: 'smtp.wp.pl' },
  { domains: 'o2.pl', hosts: 'poczta.o2.pl' },
  { domains: 'onet.pl', hosts: 'smtp.poczta.onet.pl' },
  { domains: 'seznam.cz', hosts: 'smtp.seznam.cz' },
  { domains: 'comcast.net xfinity.com', hosts: 'smtp.comcast.net' },
  { domains: 'att.net sbcglobal.net bellsouth.net', hosts: 'smtp.mail.att.net outbound.att.net' },
  { domains: 'btinternet.com btopenworld.com', hosts: 'mail.btinternet.com' },
  { domains: 'qq.com foxmail.com', hosts: 'smtp.qq.com' },
  { domains: '163.com', hosts: 'smtp.163.com' },
  { domains: '126.com', hosts: 'smtp.126.com' },
  { domains: 'yeah.net', hosts: 'smtp.yeah.net' },
  { domains: 'sina.com', hosts: 'smtp.sina.com' },
  { domains: 'naver.com', hosts: 'smtp.naver.com' },
  { domains: 'hanmail.net daum.net', hosts: 'smtp.daum.net' },
  { domains: 'rediffmail.com', hosts: 'smtp.rediffmail.com' },
  { domains: 'uol.com.br', hosts: 'smtps.uol.com.br' },
  { domains: 'bigpond.com bigpond.net.au', hosts: 'mail.bigpond.com' },
  { domains: 'cox.net', hosts: 'smtp.cox.net' },
  { domains: 'earthlink.net', hosts: 'smtpauth.earthlink.net' },
  { domains: 'shaw.ca', hosts: 'mail.shaw.ca' },
  { domains: 'virginmedia.com ntlworld.com blueyonder.co.uk', hosts: 'smtp.virginmedia.com' },
  { domains: 'sapo.pt', hosts: 'smtp.sapo.pt' },
  { domains: 'ukr.net', hosts: 'smtp.ukr.net' },
  { domains: 'abv.bg', hosts: 'smtp.abv.bg' },
  { domains: 'interia.pl', hosts: 'poczta.interia.pl' },
  { domains: 'aliyun.com', hosts: 'smtp.aliyun.com' },
  { domains: '139.com', hosts: 'smtp.139.com' },
  { domains: 'sohu.com', hosts: 'smtp.sohu.com' },
  {
    domains:
      'tutanota.com tutanota.de tuta.com tuta.io tutamail.com keemail.me hushmail.com arcor.de sky.com talktalk.net alice.it tin.it tiscali.it telenet.be skynet.be ziggo.nl kpnmail.nl xs4all.nl home.nl planet.nl hetnet.nl charter.net juno.com netzero.net rogers.com sympatico.ca xtra.co.nz optusnet.com.au docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp nate.com 189.cn terra.com.br bol.com.br ig.com.br inbox.lv centrum.cz',
    hosts: '',
  },
]

export const hostsOfDomain = new Map(
  providers.flatMap(({ domains, hosts }) => domains.split(' ').map((domain) => [domain, hosts.split(' ')] as const)),
)

export const mailboxDomains = [...hostsOfDomain.keys()]

/** Where whoever has an address at this domain signs in; undefined where it is not at or below a mailbox provider's. */
export const signInHosts = (domain: string): string[] | undefined => {
  const labels = domain.split('.')
  return labels.map((_, i) => hostsOfDomain.get(labels.slice(i).join('.'))).find((hosts) => hosts !== undefined)
}

const signInHost = new Set([...hostsOfDomain.values()].flat().filter((host) => host !== ''))

/** Whether a domain of addresses, or a mail server, is a mailbox provider's. */
export const isProvider = (host: string): boolean => signInHosts(host) !== undefined || signInHost.has(host)
