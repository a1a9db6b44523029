import { Dialog } from '../ui/dialog.tsx'

const groups: [title: string, keys: [keys: string[], what: string][]][] = [
  [
    'Anywhere',
    [
      [['/', 'Ctrl K'], 'Search'],
      [['g'], 'Go to the inbox'],
      [['c'], 'Go to the contacts'],
      [['?'], 'This sheet'],
      [['Esc'], 'Close, or go back'],
    ],
  ],
  [
    'Inbox',
    [
      [['j', 'k'], 'Next and previous conversation'],
      [['Enter'], 'Open it'],
      [['r'], 'Reply'],
      [['n'], 'Internal note'],
      [['a'], 'Assign'],
      [['i'], 'Show or hide the contact'],
      [['e'], 'Close, or open again'],
      [['u'], 'Mark unread'],
      [['Ctrl P'], 'Print all of it'],
    ],
  ],
  [
    'Writing',
    [
      [['Ctrl Enter'], 'Send, or add the note'],
      [['Ctrl Shift Enter'], 'Send and close'],
      [['/'], 'Saved replies'],
    ],
  ],
]

export const KeySheet = ({ close }: { close(): void }) => (
  <Dialog title="Keys" isOpen close={close}>
    <div className="scroll-pane grid gap-5 p-5">
      {groups.map(([title, keys]) => (
        <section key={title}>
          <h3 className="mb-2 text-sm font-medium text-muted">{title}</h3>
          <dl className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-2">
            {keys.map(([names, what]) => (
              <div key={what} className="col-span-2 grid grid-cols-subgrid items-center">
                <dt>{what}</dt>
                <dd className="flex justify-end gap-1">
                  {names.map((name) => (
                    <kbd key={name}>{name}</kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  </Dialog>
)
