export default () => fetch('blob:secret')
