import { useId } from 'react'
import { Choice, type Options } from './choice.tsx'
import { inputClass, Labelled, labelOf, type Named } from './field.tsx'

type Chosen = Named & { options: Options; value?: string; defaultValue?: string; choose?(value: string): void }

/** A labelled choice. Not beside the other fields: the first screen needs those, and not this. */
export const Select = ({ hint, options, value, defaultValue, choose, ...named }: Chosen) => {
  const id = useId()
  return (
    <Labelled {...{ id, hint }} label={labelOf(named)}>
      <Choice
        {...{ id, options, value, defaultValue, choose }}
        name={named.name}
        labelledBy={`${id}-label`}
        className={`${inputClass} h-[2.15rem]`}
      />
    </Labelled>
  )
}
