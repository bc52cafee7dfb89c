/** The loop: a stage at a time until one of them ends the walk. */
import { bridgeStage } from './bridge.js'
import { deliverStage } from './deliver.js'
import { forwardStage } from './forward.js'
import { inputStage } from './input.js'
import { outputStage } from './output.js'
import { receiveStage } from './receive.js'
import type { Stage } from './stage.js'
import { neighbourStage, transmitStage } from './transmit.js'
import type { End, Walk } from './walk.js'

const next = (walk: Walk, stage: Exclude<Stage, { at: 'end' }>): Stage => {
  switch (stage.at) {
    case 'output':
      return outputStage(walk, stage)
    case 'neighbour':
      return neighbourStage(walk, stage)
    case 'transmit':
      return transmitStage(walk, stage)
    case 'receive':
      return receiveStage(walk, stage)
    case 'bridge':
      return bridgeStage(walk, stage)
    case 'input':
      return inputStage(walk, stage)
    case 'forward':
      return forwardStage(walk, stage)
    case 'deliver':
      return deliverStage(walk, stage)
  }
}

/** A packet that is still moving after this many stages is a bug of netmap's, not of the host: loops on the host end earlier. */
const BOUND = 10_000

export const travel = (walk: Walk, start: Stage): End => {
  let stage = start
  for (let i = 0; i < BOUND; i += 1) {
    if (stage.at === 'end') return stage.end
    stage = next(walk, stage)
  }
  throw new Error('the walk does not end')
}
