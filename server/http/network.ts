/**
 * Whom an address is counted as: an IPv4 address; of IPv6 the first 64 bits, all of which one client commonly has. Node.js has
 * forgotten the address of a client that went away meanwhile.
 */
export const networkOf = (address: string | undefined): string => {
  if (address === undefined) return ''
  // IPv4, also as IPv6 writes it
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1)
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const groups = (text = '') => text.split(':').filter((group) => group !== '')
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  return [...groups(head), ...Array<string>(Math.max(0, missing)).fill('0'), ...groups(tail)].slice(0, 4).join(':')
}
