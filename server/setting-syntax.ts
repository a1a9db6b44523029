import { isIP } from 'node:net'

/** An address, a domain or the name of a server. */
export const isMailName = (text: string): boolean => /^[^\s"();=]+$/.test(text)

export const isNetwork = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/')
  const most = isIP(address) === 4 ? 32 : 128
  return (
    isIP(address) !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  )
}

/** As browsers send it: no path, no slash at its end. */
export const isOrigin = (text: string): boolean =>
  /^https?:$/.test(URL.parse(text)?.protocol ?? '') && URL.parse(text)?.origin === text

export const passwordRule = 'has a user without a password: write smtp://user:password@host:587'

/** Of the URL of a mail server. */
export const lacksPassword = (text: string): boolean => {
  const { username, password } = new URL(text)
  return username !== '' && password === ''
}
