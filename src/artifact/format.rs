//! What a file is, by its name.

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Line by line.
    Text,
    /// A JSON document.
    Json,
    /// A JSON document in each line.
    JsonLines,
    /// YAML.
    Yaml,
    /// A table, its fields parted by commas or what its first line shows.
    Csv,
    /// A table, its fields parted by tabs.
    Tsv,
    /// A picture that clients can show.
    Image,
    /// A Parquet table.
    Parquet,
    /// Neither text nor picture.
    Binary,
}

impl Format {
    /// By the end of the name.
    pub(crate) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        match extension(name).as_str() {
            "json" | "ipynb" => Self::Json,
            "jsonl" | "ndjson" => Self::JsonLines,
            "yml" | "yaml" => Self::Yaml,
            _ if name == "MLmodel" => Self::Yaml,
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            "png" | "jpg" | "jpeg" | "gif" | "webp" => Self::Image,
            "parquet" => Self::Parquet,
            "bin" | "bz2" | "ckpt" | "feather" | "gz" | "h5" | "hdf5" | "joblib" | "keras" | "mp4" | "npy" | "npz"
            | "onnx" | "pdf" | "pickle" | "pkl" | "pt" | "pth" | "safetensors" | "tar" | "tgz" | "wav" | "whl"
            | "xz" | "zip" | "zst" => Self::Binary,
            _ => Self::Text,
        }
    }

    /// Whether it is no text.
    pub(crate) fn is_binary(self) -> bool {
        matches!(self, Self::Image | Self::Parquet | Self::Binary)
    }

    /// Whether it is a table.
    pub(crate) fn is_table(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }
}

/// The type of a file in a word: its extension, or what is known under its name.
pub(crate) fn type_of(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match extension(name).as_str() {
        "" => "file".to_owned(),
        "yml" => "yaml".to_owned(),
        "jpg" => "jpeg".to_owned(),
        "txt" | "md" | "rst" => "text".to_owned(),
        "pt" | "pth" | "ckpt" | "safetensors" => "checkpoint".to_owned(),
        "pkl" => "pickle".to_owned(),
        other => other.to_owned(),
    }
}

/// What follows the last point of a name, if that is a word.
fn extension(name: &str) -> String {
    let found = name.rsplit_once('.').filter(|(before, _)| !before.is_empty()).map_or("", |(_, after)| after);
    let is_word = found.len() <= 12 && found.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_word { found.to_ascii_lowercase() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::{Format, type_of};

    #[test]
    fn a_file_is_known_by_its_end_whatever_its_case() {
        for (path, format) in [
            ("a/config.YML", Format::Yaml),
            ("model/MLmodel", Format::Yaml),
            ("a.b/results.json", Format::Json),
            ("predictions.jsonl", Format::JsonLines),
            ("table.tsv", Format::Tsv),
            ("plots/loss.png", Format::Image),
            ("data.parquet", Format::Parquet),
            ("model.pt", Format::Binary),
            ("train.log", Format::Text),
            ("a.json/README", Format::Text),
        ] {
            assert_eq!(Format::of(path), format, "{path}");
        }
    }

    #[test]
    fn a_type_is_a_word() {
        for (path, word) in
            [("a.yml", "yaml"), ("a/LICENSE", "file"), (".hidden", "file"), ("x.tar.gz", "gz"), ("v1.2 final", "file")]
        {
            assert_eq!(type_of(path), word, "{path}");
        }
    }
}
