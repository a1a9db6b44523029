import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace'
import { Refusal } from '../config.ts'

const samplers: Record<string, (ratio: number) => Sampler> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
}

/** What OTEL_TRACES_SAMPLER says. Throws a Refusal that names the setting. */
export const samplerOf = (env: NodeJS.ProcessEnv): Sampler => {
  const name = env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on'
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] || '1')
  if (!(ratio >= 0 && ratio <= 1))
    throw new Refusal(`OTEL_TRACES_SAMPLER_ARG is ${ratio}: it must be a number from 0 to 1.`)
  const [, parentBased, root = ''] = /^(parentbased_)?(.*)$/.exec(name) ?? []
  const sampler = Object.hasOwn(samplers, root) ? samplers[root]!(ratio) : undefined
  if (!sampler)
    throw new Refusal(
      `OTEL_TRACES_SAMPLER is ${name}: it must be one of ${Object.keys(samplers).join(', ')}, or parentbased_ and one of them.`,
    )
  return parentBased ? new ParentBasedSampler({ root: sampler }) : sampler
}
