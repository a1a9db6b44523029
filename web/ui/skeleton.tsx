interface Given {
  /** What is being loaded, for screen readers. */
  label: string
  rows?: number
  rowHeight?: number
}

/** In the place of a list that is being loaded. */
export const SkeletonList = ({ label, rows = 12, rowHeight = 72 }: Given) => (
  <div role="status" className="min-h-0 flex-1 overflow-hidden">
    <span className="sr-only">{label}</span>
    {Array.from({ length: rows }, (_, i) => (
      <div key={i} className="flex gap-3 border-b border-line/60 px-4 py-2.5" style={{ height: rowHeight }}>
        <span className="skeleton size-9 shrink-0 rounded-full" />
        <span className="grid flex-1 content-start gap-2 pt-1">
          <span className="skeleton h-3 w-1/2 rounded" />
          <span className="skeleton h-3 w-4/5 rounded" />
        </span>
      </div>
    ))}
  </div>
)

/** In the place of something open that is being loaded. */
export const SkeletonPage = ({ label }: { label: string }) => (
  <div role="status" className="grid min-w-0 flex-1 content-start gap-4 p-5">
    <span className="sr-only">{label}</span>
    <span className="skeleton h-5 w-2/5 rounded" />
    <span className="skeleton mt-4 h-28 w-4/5 rounded-xl" />
    <span className="skeleton ms-auto h-20 w-3/4 rounded-xl" />
    <span className="skeleton h-24 w-4/5 rounded-xl" />
  </div>
)
