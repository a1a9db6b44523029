import type { SendingTest } from '../../server/channels/schema.ts'
import { inWords } from '../ui/field-names.ts'
import { Problem } from '../ui/problem.tsx'

/** Whether mail can leave by a channel, as it was found out last. */
export const TestResult = ({ test, error }: { test: SendingTest | undefined; error: unknown }) => (
  <>
    <Problem error={error} />
    {!error && test && (
      <p
        role="status"
        className={`mt-3 rounded-lg px-3 py-1.5 ${test.ok ? 'border border-line' : 'bg-danger-soft text-danger'}`}
      >
        {test.ok ? 'Mail can be sent.' : 'Mail cannot be sent now.'} {inWords(test.sentence)}
      </p>
    )}
  </>
)
