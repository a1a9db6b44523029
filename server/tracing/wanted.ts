import { Refusal } from '../config.ts'

const protocol = 'http/protobuf'

/** Whether OpenTelemetry's environment variables ask for traces. Throws a Refusal where they ask for what is not here. */
export const wantsTraces = (env: NodeJS.ProcessEnv): boolean => {
  const exporter = env['OTEL_TRACES_EXPORTER']
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT']
  if (env['OTEL_SDK_DISABLED'] === 'true' || exporter === 'none' || !(exporter || endpoint)) return false
  if (exporter && exporter !== 'otlp')
    throw new Refusal(`OTEL_TRACES_EXPORTER is ${exporter}: it must be otlp or none.`)
  const asked = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || protocol
  if (asked !== protocol) throw new Refusal(`OTEL_EXPORTER_OTLP_PROTOCOL is ${asked}: it must be ${protocol}.`)
  return true
}
