// Package images is the platform's image optimisation as a Build Output configures it: which images may be asked for in
// which widths and qualities, and what becomes of them. It fetches nothing: whoever uses it does.
//
//	Optimizer.Parse ─► Request ─► (the source is fetched) ─► Optimizer.Optimize ─► Image
//
// # Choices
//
// Where the platform's documents say nothing, or this machine cannot do what they say, the package does the following.
//
//   - AVIF is not written: without C it takes seconds for each image. The next of images.formats is.
//   - A WebP that has to be scaled for a visitor, or a config, without WebP becomes JPEG, or PNG if it is transparent.
//   - AVIF is not read, and is passed on as it is, like GIF, BMP, ICO and whatever is animated.
//   - No image is enlarged. One that would not become smaller is passed on as it is.
//   - A photograph is turned the way its EXIF data says, and loses those.
//   - Patterns are matched as routes are: for the whole of a host or path, in its normal form. A host matches in any case, a
//     path does not.
package images
