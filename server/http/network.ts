/** Whom an address is counted as: an IPv4 address; of IPv6 the first 64 bits, all of which one client commonly has. */
export const networkOf = (address: string): string => {
  if (!address.includes(':')) return address
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1)
  return address.split('::')[0]!.split(':').slice(0, 4).join(':')
}
