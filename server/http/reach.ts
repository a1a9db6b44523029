import { BlockList, isIP } from 'node:net'

/** Whether what came over the API may make the server connect to this address. */
export type Reach = (address: string) => boolean

// not the public Internet, or nobody's in particular (IANA, special-purpose address registries)
const special = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24',
  '192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
  // some of these lead to an IPv4 address inside them
  '::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/9 ff00::/8',
].flatMap((line) => line.split(' '))

/** Public addresses, and these addresses and networks. */
export const reachOf = (networks: string[]): Reach => {
  const [closed, open] = [listOf(special), listOf(networks)]
  return (text) => {
    const address = text.split('%')[0]!
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    return isIP(address) !== 0 && (!closed.check(address, family) || open.check(address, family))
  }
}

/** Whether an address is one of these, or in one of these networks. */
export const isAmong = (networks: string[]): Reach => {
  const list = listOf(networks)
  return (text) => {
    const address = text.split('%')[0]!
    return isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
}

const listOf = (networks: string[]): BlockList => {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const isSix = isIP(address) === 6
    list.addSubnet(address, Number(bits ?? (isSix ? 128 : 32)), isSix ? 'ipv6' : 'ipv4')
  }
  return list
}
