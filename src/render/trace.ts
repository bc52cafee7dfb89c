/**
 * A trace as text that people paste into a ticket: readable at 80 columns, without colour, and piped.
 * In: the answer and a style. Out: lines. Everything that came from the host is escaped here.
 */
import type { Cite } from '../datapath/types.js'
import type { Gap } from '../model/refs.js'
import type { PathAnswer, TraceAnswer } from '../query/trace/answer.js'
import { escapeHost } from '../view/escape.js'
import { type PathRow, pathRows } from '../view/trace.js'

/** How text is dressed; without colour each is the identity, and the words alone carry the meaning. */
export interface TraceStyle {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly unsure: (text: string) => string
  readonly dim: (text: string) => string
  readonly bold: (text: string) => string
  readonly change: (text: string) => string
}

export interface TraceTextOptions {
  /** columns; 80 where there is no terminal */
  readonly width: number
  readonly verbose: boolean
  readonly style: TraceStyle
}

const same = (text: string): string => text
export const plainStyle: TraceStyle = { good: same, bad: same, unsure: same, dim: same, bold: same, change: same }

const PLACE = 13
const WHAT = 22

/** Breaks at blanks; a word longer than the room is left whole, since half an address is no address. */
const wrap = (text: string, room: number): readonly string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<=\S) (?=\S)/)) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = `  ${word}`
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

const pad = (text: string, width: number): string => (text.length >= width ? text : text + ' '.repeat(width - text.length))

const rowLines = (row: PathRow, place: string, options: TraceTextOptions): readonly string[] => {
  const { style, width } = options
  const left = pad(`  ${place}`, PLACE + 2)
  const tone = row.tone === 'stop' ? style.bad : row.tone === 'gap' ? style.unsure : row.tone === 'change' ? style.change : same
  const what = escapeHost(row.what)
  const why = row.why.flatMap((line) => wrap(escapeHost(line), Math.max(24, width - PLACE - WHAT - 4)))
  const first = what.length <= WHAT ? why[0] : undefined
  const rest = first === undefined ? why : why.slice(1)
  const indent = ' '.repeat(PLACE + WHAT + 4)
  const head = `${style.bold(left)}${tone(first === undefined ? what : pad(what, WHAT))}${first === undefined ? '' : `  ${style.dim(first)}`}`
  return [head.trimEnd(), ...rest.map((line) => `${indent}${style.dim(line)}`), ...(options.verbose ? evidence(row.step.evidence, options) : [])]
}

const evidence = (cites: readonly Cite[], options: TraceTextOptions): readonly string[] =>
  cites.flatMap((cite) => {
    const where = cite.namespace === '' ? '' : ` in ${cite.namespace}`
    const lines = wrap(`${escapeHost(cite.command)}${escapeHost(where)}, ${cite.line}: ${escapeHost(cite.text)}`, Math.max(24, options.width - PLACE - 8))
    return lines.map((line, index) => `${' '.repeat(PLACE + 4)}${options.style.dim(`${index === 0 ? '↳ ' : '  '}${line}`)}`)
  })

const pathLines = (hops: PathAnswer['hops'], options: TraceTextOptions): readonly string[] => {
  let shown = ''
  return pathRows(hops).flatMap((row) => {
    const place = row.place === shown ? '' : escapeHost(row.place)
    shown = row.place
    if (place.length <= PLACE - 1) return rowLines(row, place, options)
    return [options.style.bold(`  ${place}`), ...rowLines(row, '', options)]
  })
}

const mark = (disposition: string, style: TraceStyle): string => {
  if (disposition === 'delivered' || disposition === 'exits') return style.good('✔')
  return disposition === 'insufficient-info' ? style.unsure('?') : style.bad('✘')
}

const backLine = (reply: PathAnswer, style: TraceStyle): string => {
  const sign = mark(reply.disposition, style)
  const good = reply.disposition === 'delivered' || reply.disposition === 'exits'
  const translated = reply.hops.flatMap((hop) => hop.steps).filter((step) => step.kind === 'nat').length
  if (good) return `back: ${sign} ${translated === 0 ? 'the answer returns' : 'the answer returns, NAT undone'}`
  return `back: ${sign} ${escapeHost(reply.verdict)}`
}

const gapLines = (gaps: readonly Gap[], options: TraceTextOptions): readonly string[] =>
  gaps.flatMap((gap) => [
    ...wrap(`not seen: ${escapeHost(gap.about)} (${gap.because})`, options.width - 4).map((line) => options.style.unsure(`  ${line}`)),
    ...(gap.remedy === '' ? [] : wrap(`try: ${escapeHost(gap.remedy)}`, options.width - 6).map((line) => `    ${line}`)),
  ])

/** "container1 172.17.0.2 → db 172.19.0.2:5432   tcp" */
const title = (answer: TraceAnswer): string => {
  const { flow } = answer
  const port = flow.dport === null ? '' : `:${flow.dport}`
  const dst = flow.dst.includes(':') && port !== '' ? `[${flow.dst}]` : flow.dst
  const from = answer.from === flow.src ? answer.from : `${answer.from} ${flow.src}`
  const to = answer.to.includes(flow.dst) ? answer.to : `${answer.to} ${dst}${port}`
  const what = flow.proto === 'icmp' || flow.proto === 'icmpv6' ? `${flow.proto} echo request` : flow.proto
  return `${escapeHost(from)} → ${escapeHost(to)}   ${what}`
}

export const renderTrace = (answer: TraceAnswer, options: TraceTextOptions): string => {
  const { style, width } = options
  const line = `  ${style.dim('─'.repeat(Math.min(width, 80) - 4))}`
  const verdict = wrap(escapeHost(answer.verdict), width - 6).map((text, index) => (index === 0 ? `  ${mark(answer.disposition, style)} ${style.bold(text)}` : `    ${text}`))
  const rule = answer.rule === null ? [] : wrap(`${answer.rule.system} ${answer.rule.table} ${answer.rule.chain} ${answer.rule.rule === 0 ? 'policy' : `rule ${answer.rule.rule}`}: ${escapeHost(answer.rule.text)}`, width - 6).map((text) => `    ${text}`)
  const back = answer.reply ? wrap(backLine(answer.reply, style), width - 6).map((text) => `    ${text}`) : []
  const failedBack = answer.reply && mark(answer.reply.disposition, plainStyle) !== '✔'
  const others = answer.alternatives.flatMap((other) => [
    ...wrap(`or, if ${other.given.map(escapeHost).join(' and ')}:`, width - 6).map((text) => `    ${style.unsure(text)}`),
    ...wrap(`${mark(other.disposition, style)} ${escapeHost(other.verdict)}`, width - 8).map((text) => `      ${text}`),
  ])
  const out = [
    title(answer),
    '',
    ...pathLines(answer.hops, options),
    ...(options.verbose || failedBack ? (answer.reply ? ['', '  the answer', ...pathLines(answer.reply.hops, options)] : []) : []),
    line,
    ...verdict,
    ...rule,
    ...back,
    ...(answer.remedy && answer.gaps.every((gap) => gap.remedy !== answer.remedy) ? wrap(`try: ${escapeHost(answer.remedy)}`, width - 6).map((text) => `    ${text}`) : []),
    ...others,
    ...gapLines(answer.gaps, options),
  ]
  return `${out.join('\n')}\n`
}
