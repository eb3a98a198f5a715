export default async function handler(req, res) {
  await res.revalidate(`/blocking/${req.query.id}`)
  res.json({ revalidated: true })
}
