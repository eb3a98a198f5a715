export function GET() {
  const words = ['one ', 'two ', 'three']
  return new Response(
    new ReadableStream({
      pull(controller) {
        if (words.length === 0) return controller.close()
        controller.enqueue(new TextEncoder().encode(words.shift()))
      },
    }),
  )
}
