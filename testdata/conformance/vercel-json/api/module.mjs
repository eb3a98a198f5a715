export default (req, res) => {
  res.setHeader('Set-Cookie', ['a=1', 'b=2'])
  res.end('an ES module')
}
