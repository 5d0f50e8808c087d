import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLinkLocal, isLoopback, isPublic } from './addresses.ts'

/** Source: the special-purpose address registries of IANA. The edges of each block, and its neighbours where those are public. */
const PRIVATE = `
  0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.255
  169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.255 192.0.2.1
  192.88.99.1 192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.7
  224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
  :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1
  fe80::1 fe80::1%eth0 febf::1 fec0::1 fc00::1 fd00:ec2::254 fdff::1 ff02::1 ff0e::1
  100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1
  64:ff9b::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::a00:1 64:ff9b:: 64:ff9b::1 64:ff9b:1::1 5f00::1 4000::1`
const PUBLIC = `
  1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0
  172.15.255.255 172.32.0.0 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 203.0.112.1 223.255.255.255
  2606:4700:4700::1111 2001:4860:4860::8888 2a00:1450:4001::1 2400:cb00:2048:1::1 64:ff9b::8.8.8.8 64:ff9b::808:808`

const words = (text: string) => text.trim().split(/\s+/)

test('addresses that lead into a network of somebody are not public', () => {
  for (const address of words(PRIVATE)) assert.equal(isPublic(address), false, address)
})

test('addresses that are routed everywhere are public', () => {
  for (const address of words(PUBLIC)) assert.equal(isPublic(address), true, address)
})

test('what is no address is neither public nor this machine', () => {
  for (const text of [
    '',
    'localhost',
    '127.1',
    '0x7f000001',
    '2130706433',
    '010.0.0.1',
    '1.1.1.1 ',
    '[::1]',
    '1.1.1.1/8',
  ]) {
    assert.equal(isPublic(text), false, text)
    assert.equal(isLoopback(text), false, text)
  }
})

test('this machine is 127.0.0.0/8 and ::1', () => {
  for (const address of ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1'])
    assert.equal(isLoopback(address), true)
  for (const address of ['128.0.0.1', '10.0.0.1', '::', 'fe80::1', '::ffff:10.0.0.1'])
    assert.equal(isLoopback(address), false)
})

test('addresses of the link, however they are written (RFC 3927, RFC 4291, 2.5.6)', () => {
  for (const address of words(`
    169.254.0.0 169.254.169.254 169.254.255.255 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe ::169.254.169.254 64:ff9b::a9fe:a9fe
    2002:a9fe:a9fe::1 fe80:: fe80::1 fe80::1%eth0 febf:ffff::1 FE80::A`))
    assert.equal(isLinkLocal(address), true, address)
  for (const address of words(`
    169.253.255.255 169.255.0.0 127.0.0.1 10.0.0.1 192.168.0.1 8.8.8.8 ::1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 64:ff9b::808:808
    fe7f::1 fec0::1 fd00::1 2606:4700:4700::1111 localhost 169.254.1 0xa9fea9fe`))
    assert.equal(isLinkLocal(address), false, address)
})
