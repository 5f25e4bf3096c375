//! Pictures that clients can show.

use bytes::Bytes;
use imagesize::ImageType;

use crate::render::Image;

/// The most bytes of a picture that are sent.
pub(crate) const LARGEST: u64 = 1_000_000;

/// The picture in these bytes, by what they say themselves; `None` if they are none.
pub(crate) fn image(path: &str, bytes: Bytes) -> Option<Image> {
    let mime = match imagesize::image_type(&bytes).ok()? {
        ImageType::Png => "image/png",
        ImageType::Jpeg => "image/jpeg",
        ImageType::Gif => "image/gif",
        ImageType::Webp => "image/webp",
        _ => return None,
    };
    let dimensions = imagesize::blob_size(&bytes).ok().map(|size| (size.width, size.height));
    Some(Image::new(path, mime, bytes, dimensions))
}

#[cfg(test)]
mod tests {
    use super::image;
    use bytes::Bytes;

    #[test]
    fn a_picture_is_known_by_its_bytes_not_by_its_name() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0".to_vec();
        png.resize(64, 0);
        let found = image("loss.jpg", Bytes::from(png)).unwrap();
        assert_eq!((found.mime, found.dimensions), ("image/png", Some((640, 480))));
        let gif = image("a.gif", Bytes::from_static(b"GIF89a\x03\0\x02\0\0\0\0\0\0\0\0\0\0\0")).unwrap();
        assert_eq!((gif.mime, gif.dimensions), ("image/gif", Some((3, 2))));
        for bytes in [b"<html>not a picture</html>".as_slice(), b"", b"\x89PNG"] {
            assert!(image("loss.png", Bytes::copy_from_slice(bytes)).is_none());
        }
    }
}
