import { describe, expect, it } from 'vitest'
import { explore } from '../../src/datapath/explore.js'

describe('explore', () => {
  it('walks once where nothing is undecidable', () => {
    const { runs, complete } = explore(() => 'same')
    expect(runs).toEqual([{ value: 'same', given: [] }])
    expect(complete).toBe(true)
  })

  it('walks every combination, first answers first', () => {
    const { runs } = explore((choose) => `${choose('a', ['no', 'yes'])}${choose('b', ['x', 'y', 'z'])}`)
    expect(runs.map((run) => run.value)).toEqual(['00', '01', '02', '10', '11', '12'])
    expect(runs[4]?.given).toEqual(['a: yes', 'b: y'])
  })

  it('asks a question that only one branch reaches only there', () => {
    const { runs } = explore((choose) => (choose('a', ['no', 'yes']) === 0 ? 'stop' : `on ${choose('b', ['x', 'y'])}`))
    expect(runs.map((run) => run.value)).toEqual(['stop', 'on 0', 'on 1'])
  })

  it('gives the same answer to the same question within one walk', () => {
    const { runs } = explore((choose) => [choose('uid', ['0', '1000']), choose('uid', ['0', '1000'])].join())
    expect(runs.map((run) => run.value)).toEqual(['0,0', '1,1'])
  })

  it('says so when the bound ends the search', () => {
    const { runs, complete } = explore((choose) => Array.from({ length: 10 }, (_, i) => choose(`limit ${i}`, ['no', 'yes'])).join(''), 16)
    expect(runs).toHaveLength(16)
    expect(complete).toBe(false)
  })
})
