import { Link } from 'wouter'
import { Empty } from '../ui/empty.tsx'

export const Nowhere = () => (
  <div className="h-full flex-1">
    <Empty title="There is nothing here">
      <Link href="/inbox/open" className="text-accent underline">
        Go to the inbox
      </Link>
    </Empty>
  </div>
)
