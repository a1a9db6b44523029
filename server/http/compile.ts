import ajvCompiler, { type BuildCompilerFromPool } from '@fastify/ajv-compiler'
import stringifyCompiler, { type SerializerFactory } from '@fastify/fast-json-stringify-compiler'

/** Stands for a function that is compiled when it is first called. */
const whenCalled = <Compiled extends (value: never) => unknown>(compile: () => Compiled): Compiled => {
  let compiled: Compiled | undefined
  const call = (value: never) => {
    compiled ??= compile()
    const result = compiled(value)
    // a validator says there what was wrong
    if (result === false) Object.assign(call, { errors: (compiled as { errors?: unknown }).errors })
    return result
  }
  return call as unknown as Compiled
}

const validators: BuildCompilerFromPool = ajvCompiler()
const serializers: SerializerFactory = stringifyCompiler()

/**
 * Fastify's own compilers of schemas, only that each schema is compiled when it is first used: all of them together take
 * a fifth of a second at a start, and most processes need few of them. With compilers that are set, Fastify takes the
 * names of headers as schemas have them: in small letters.
 */
export const compilersFactory: { buildValidator: BuildCompilerFromPool; buildSerializer: SerializerFactory } = {
  buildValidator: (...given) => {
    const compile = validators(...given)
    return (route) => whenCalled(() => compile(route))
  },
  buildSerializer: (...given) => {
    const compile = serializers(...given)
    return (route) => whenCalled(() => compile(route))
  },
}
