import { Select as Base } from '@base-ui/react/select'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { Icon } from './icon.tsx'

export type Options = readonly (readonly [value: string, text: string])[]

interface Given {
  options: Options
  /** The id of its label, where that stands on the page. */
  labelledBy?: string
  label?: string
  className: string
  id?: string | undefined
  name?: string | undefined
  value?: string | undefined
  defaultValue?: string | undefined
  choose?: ((value: string) => void) | undefined
}

/** One of several, in the look of the page. Inside a form it counts under its name. */
export const Choice = ({ options, labelledBy, label, className, id, name, value, defaultValue, choose }: Given) => (
  // the page's policy takes no style elements
  <CSPProvider disableStyleElements>
    <Base.Root<string>
      items={options.map(([value, label]) => ({ value, label }))}
      modal={false}
      {...(name === undefined ? {} : { name })}
      {...(value === undefined ? { defaultValue: defaultValue ?? options[0]![0] } : { value })}
      onValueChange={(chosen) => chosen !== null && choose?.(chosen)}
    >
      <Base.Trigger
        {...(id === undefined ? {} : { id })}
        aria-labelledby={labelledBy}
        aria-label={label}
        className={`flex cursor-pointer items-center justify-between gap-2 text-start ${className}`}
      >
        <Base.Value className="truncate" />
        <Icon name="down" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-60">
          <Base.Popup className="max-h-80 min-w-(--anchor-width) overflow-y-auto rounded-xl border border-line bg-raised p-1 shadow-raised outline-none">
            {options.map(([value, text]) => (
              <Base.Item
                key={value}
                value={value}
                className="flex min-h-8 cursor-default items-center justify-between gap-6 rounded-lg px-3 py-1.5 outline-none data-highlighted:bg-hover"
              >
                <Base.ItemText>{text}</Base.ItemText>
                <Base.ItemIndicator>
                  <Icon name="check" />
                </Base.ItemIndicator>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  </CSPProvider>
)
