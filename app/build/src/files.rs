//! The files of the site.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use brotli::{BrotliCompress, enc::BrotliEncoderParams};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// The endings of what is worth compressing.
const COMPRESSIBLE: [&str; 5] = ["js", "wasm", "css", "svg", "txt"];

/// A folder with the files as the server serves them: by their address, and with `.br` or `.gz` compressed.
pub struct Site(PathBuf);

impl Site {
    pub fn create(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(folder.join("pkg"))?;
        Ok(Self(folder))
    }

    fn path(&self, address: &str) -> PathBuf {
        self.0.join(address.trim_start_matches('/'))
    }

    /// Places a file under a name that changes with its content, and may be cached for ever. Gives its address.
    pub fn place(&self, name: &str, file: &Path) -> Result<String> {
        let content = fs::read(file).with_context(|| file.display().to_string())?;
        let hash: String =
            Sha256::digest(&content).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let ending = file.extension().unwrap_or_default().to_string_lossy();
        let address = format!("/pkg/{name}.{hash}.{ending}");
        fs::write(self.path(&address), content)?;
        Ok(address)
    }

    /// Copies the files of a folder, which keep their names.
    pub fn copy(&self, folder: &Path) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            fs::copy(entry.path(), self.0.join(entry.file_name()))?;
        }
        Ok(())
    }

    /// Puts a compressed copy beside each file that is worth it.
    pub fn compress(&self) -> Result<()> {
        for folder in [self.0.clone(), self.0.join("pkg")] {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
                if COMPRESSIBLE.contains(&ending.as_str()) {
                    let content = fs::read(&path)?;
                    fs::write(with_ending(&path, "br"), brotli(&content)?)?;
                    fs::write(with_ending(&path, "gz"), gzip(&content)?)?;
                }
            }
        }
        Ok(())
    }

    /// Bytes of the file at an address: raw, and as most browsers get it.
    pub fn size(&self, address: &str) -> Result<(u64, u64)> {
        let path = self.path(address);
        Ok((fs::metadata(&path)?.len(), fs::metadata(with_ending(&path, "br"))?.len()))
    }

    /// Moves all of it.
    pub fn move_to(self, folder: &Path) -> Result<()> {
        Ok(fs::rename(self.0, folder)?)
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut small = Vec::new();
    let params =
        BrotliEncoderParams { quality: 11, size_hint: content.len(), ..BrotliEncoderParams::default() };
    BrotliCompress(&mut &content[..], &mut small, &params)?;
    Ok(small)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}
