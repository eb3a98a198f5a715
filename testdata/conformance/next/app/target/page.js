export default function Target() {
  return <p>The target</p>
}
