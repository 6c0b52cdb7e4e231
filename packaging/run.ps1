# Start Fathom from a checkout, setting up first what is missing (see setup.ps1): the twin of packaging/run.
# Checked with tree-sitter's PowerShell grammar, but NOT RUN ON WINDOWS.
#   powershell -ExecutionPolicy Bypass -File packaging\run.ps1                 open the window
#   powershell -ExecutionPolicy Bypass -File packaging\run.ps1 --setup-only    set up and stop
# Every other argument goes to the program. FATHOM_VENV names another folder for the Python environment than .venv,
# FATHOM_PYTHON another Python to make it with.

. (Join-Path $PSScriptRoot 'setup.ps1')

Initialize-Fathom 'run'
if ($args -contains '--setup-only') { exit 0 }
$ErrorActionPreference = 'Continue'
# -P: a folder named terminal where the user happens to stand must not be taken for the program.
& $Python -P -m terminal @args
exit $LASTEXITCODE
