//! netc for Zed: starts `netc lsp`, which does all the rest.

use zed_extension_api::{self as zed, settings::LspSettings, LanguageServerId, Result, Worktree};

struct Netc;

impl zed::Extension for Netc {
    fn new() -> Self {
        Netc
    }

    /// The program of the settings, `lsp.netc.binary`, else `netc` where the worktree's shell finds it.
    fn language_server_command(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<zed::Command> {
        let settings = LspSettings::for_worktree(server.as_ref(), worktree).ok();
        let (path, arguments) = match settings.and_then(|settings| settings.binary) {
            Some(binary) => (binary.path, binary.arguments),
            None => (None, None),
        };
        let command = path
            .or_else(|| worktree.which("netc"))
            .ok_or("there is no `netc` on the path: pip install 'netc[lsp]'")?;
        Ok(zed::Command {
            command,
            args: arguments.unwrap_or_else(|| vec!["lsp".into()]),
            env: worktree.shell_env(),
        })
    }
}

zed::register_extension!(Netc);
