import { describe, expect, it } from 'vitest'
import { formatIp } from '../../../src/ip/index.js'
import { parseEndpoint, UsageError } from '../../../src/query/trace/endpoint.js'

const short = (text: string): string => {
  const { target, port, proto } = parseEndpoint(text)
  const what = target.kind === 'address' ? formatIp(target.ip) : target.kind === 'name' || target.kind === 'netns' ? target.name : target.kind === 'pid' ? target.pid : ''
  return `${target.kind} ${what} ${port} ${proto}`
}

describe('endpoints', () => {
  it.each([
    ['container1', 'name container1 null null'],
    ['app/web', 'name app/web null null'],
    ['app/web:80', 'name app/web 80 null'],
    ['db:5432', 'name db 5432 null'],
    ['web:53/udp', 'name web 53 udp'],
    ['host', 'host  null null'],
    ['host:8080', 'host  8080 null'],
    ['netns:blue', 'netns blue null null'],
    ['netns:blue:80', 'netns blue 80 null'],
    ['pid:4711', 'pid 4711 null null'],
    ['8.8.8.8', 'address 8.8.8.8 null null'],
    ['8.8.8.8:53/udp', 'address 8.8.8.8 53 udp'],
    ['[2001:db8::1]:443', 'address 2001:db8::1 443 null'],
    ['2001:db8::1', 'address 2001:db8::1 null null'],
    ['internet', 'internet  null null'],
    ['example.com:443', 'name example.com 443 null'],
  ])('%s', (text, expected) => {
    expect(short(text)).toBe(expected)
  })

  it.each(['256.1.1.1', '010.0.0.1', '::1::', '1.2.3', '', ':80', 'web:0', 'web:65536', 'web:http', 'web/udp', '[8.8.8.8]:80', '[::1', 'pid:x', '12345::'])(
    'refuses %s and says what was expected',
    (text) => {
      expect(() => parseEndpoint(text)).toThrow(UsageError)
    },
  )
})
