# Sets up what the program needs on Windows 10 and later: the twin of setup.sh. Dot-sourced by run.ps1 and test.ps1.
# Checked with tree-sitter's PowerShell grammar, but NOT RUN ON WINDOWS.
#
# Leaves behind $Venv, the Python environment with the locked packages. Its files ready-run and ready-test say that
# set-up came to its end: they are removed before anything changes and written last.

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$Root = (Resolve-Path -LiteralPath (Join-Path $PSScriptRoot '..')).Path
if ($env:FATHOM_VENV) {
    $Venv = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($env:FATHOM_VENV)
} else {
    $Venv = Join-Path $Root '.venv'
}
$Python = Join-Path $Venv 'Scripts\python.exe'
$Log = "$Venv.setup.log"
Remove-Item -Path @('Env:PYTHONHOME', 'Env:PYTHONPATH') -ErrorAction SilentlyContinue

function Write-Step([string] $Text) {
    [Console]::Error.WriteLine("Fathom: $Text")
}

# Ends the script with what went wrong, the last lines of the log, and what to do about it.
function Stop-Setup([string] $What, [string] $Advice) {
    Write-Step $What
    if (Test-Path -LiteralPath $Log) {
        [Console]::Error.WriteLine("--- last lines of $Log")
        Get-Content -LiteralPath $Log -Tail 12 | ForEach-Object { [Console]::Error.WriteLine($_) }
        [Console]::Error.WriteLine('---')
    }
    Write-Step $Advice
    exit 1
}

# Runs a program with its output in the log; true when it ended with 0. Windows PowerShell turns what a program writes
# to its error stream into errors, which must not end the script.
function Invoke-Logged([string] $Program, [string[]] $Arguments) {
    Add-Content -LiteralPath $Log -Value "+ $Program $Arguments"
    $before = $ErrorActionPreference
    $ErrorActionPreference = 'Continue'
    try {
        & $Program @Arguments 2>&1 | ForEach-Object { Add-Content -LiteralPath $Log -Value "$_" }
    } finally {
        $ErrorActionPreference = $before
    }
    return $LASTEXITCODE -eq 0
}

# What a finished set-up depends on. The Python it was made with is checked by looking for its executable.
function Get-Fingerprint([string] $Kind) {
    $names = 'pyproject.toml', 'packaging\setup.ps1', "packaging\requirements-$Kind.txt"
    $hashes = $names | ForEach-Object { (Get-FileHash -LiteralPath (Join-Path $Root $_) -Algorithm SHA256).Hash }
    return (@($Root) + $hashes) -join "`n"
}

function Test-Ready([string] $Kind) {
    $stamp = Join-Path $Venv "ready-$Kind"
    if (-not (Test-Path -LiteralPath $Python) -or -not (Test-Path -LiteralPath $stamp)) { return $false }
    return (Get-Content -LiteralPath $stamp -Raw).Trim() -eq (Get-Fingerprint $Kind)
}

function Set-Ready([string] $Kind) {
    Set-Content -LiteralPath (Join-Path $Venv "ready-$Kind") -Value (Get-Fingerprint $Kind)
}

# The interpreter to use: a standard 64-bit CPython of a supported version, from the launcher or the PATH.
function Find-Python {
    $check = 'import sys, sysconfig; ' +
        'ok = (3, 11) <= sys.version_info[:2] < (3, 15) and sys.implementation.name == ''cpython'' ' +
        'and sys.maxsize > 2**32 and not sysconfig.get_config_var(''Py_GIL_DISABLED''); ' +
        'print(sys._base_executable if ok else '''')'
    $candidates = @()
    if ($env:FATHOM_PYTHON) { $candidates += , @($env:FATHOM_PYTHON) }
    foreach ($version in '3.13', '3.12', '3.11', '3.14') { $candidates += , @('py', "-$version") }
    $candidates += , @('python')
    foreach ($candidate in $candidates) {
        if (-not (Get-Command $candidate[0] -CommandType Application -ErrorAction SilentlyContinue)) { continue }
        $arguments = @($candidate | Select-Object -Skip 1) + @('-c', $check)
        $before = $ErrorActionPreference
        $ErrorActionPreference = 'Continue'
        $found = & $candidate[0] @arguments 2>$null | Select-Object -Last 1
        $ErrorActionPreference = $before
        if ($found -and (Test-Path -LiteralPath $found)) { return $found }
    }
    return $null
}

function Install-Environment([string] $Kind) {
    $network = 'Check the network connection (and the proxy, if there is one), then start again.'
    Set-Content -LiteralPath $Log -Value ''

    Write-Step 'preparing the Python environment (1 of 3) ...'
    $stamp = Join-Path $Venv 'ready-run'
    # An environment that was finished once is brought up to date; any other is made anew.
    $finished = (Test-Path -LiteralPath $Python) -and (Test-Path -LiteralPath $stamp) -and
        ((Get-Content -LiteralPath $stamp -TotalCount 1) -eq $Root)
    if ($finished) {
        Remove-Item -Path (Join-Path $Venv 'ready-*')
    } else {
        if (Test-Path -LiteralPath (Join-Path $Venv 'made-by-setup')) {
            Remove-Item -LiteralPath $Venv -Recurse -Force
        } elseif ((Test-Path -LiteralPath $Venv) -and (Get-ChildItem -LiteralPath $Venv -Force)) {
            Stop-Setup "$Venv exists and was not made by this script." `
                'Move it away, or set FATHOM_VENV to another folder.'
        }
        $base = Find-Python
        if (-not $base) {
            Stop-Setup 'there is no Python 3.11 to 3.14 (64 bit).' `
                'Install one, for example with "winget install Python.Python.3.13", then start again.'
        }
        New-Item -ItemType Directory -Path $Venv -Force | Out-Null
        Set-Content -LiteralPath (Join-Path $Venv 'made-by-setup') -Value 'Made by packaging/setup.ps1.'
        if (-not (Invoke-Logged $base @('-m', 'venv', $Venv))) {
            Stop-Setup "the Python environment could not be made with $base." 'Repair that Python, then start again.'
        }
    }

    Write-Step 'installing Python packages, about 120 MB the first time (2 of 3) ...'
    $pip = @('-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--no-deps')
    $locked = Join-Path $Root "packaging\requirements-$Kind.txt"
    $done = (Invoke-Logged $Python ($pip + @('--require-hashes', '--only-binary', ':all:', '--requirement', $locked))) -and
        (Invoke-Logged $Python ($pip + @('--no-build-isolation', '--editable', $Root))) -and
        (Invoke-Logged $Python @('-m', 'pip', 'check'))
    if (-not $done) { Stop-Setup 'the Python packages could not be installed.' $network }

    Write-Step 'checking that Qt loads (3 of 3) ...'
    if (-not (Invoke-Logged $Python @('-c', 'from PySide6.QtWidgets import QApplication; QApplication([])'))) {
        Stop-Setup 'Qt cannot be loaded.' 'Install the Visual C++ runtime (x64) and the updates of Windows, then start again.'
    }
    if ($Kind -eq 'test') { Set-Ready 'test' }
    Set-Ready 'run'
    Write-Step 'ready.'
}

# Returns with everything that "run" or "test" needs in place; one set-up at a time on this computer and environment.
function Initialize-Fathom([string] $Kind) {
    if (Test-Ready $Kind) { return }
    $sha = [System.Security.Cryptography.SHA256]::Create()
    $bytes = $sha.ComputeHash([System.Text.Encoding]::UTF8.GetBytes($Venv.ToLowerInvariant()))
    $name = 'Fathom-set-up-' + [System.BitConverter]::ToString($bytes, 0, 8)
    $mutex = New-Object System.Threading.Mutex($false, $name)
    try {
        if (-not $mutex.WaitOne(0)) {
            Write-Step 'another set-up is running; waiting for it ...'
            $mutex.WaitOne() | Out-Null
        }
    } catch [System.Threading.AbandonedMutexException] {
        Write-Step 'an earlier set-up was interrupted; starting anew ...'
    }
    try {
        if (-not (Test-Ready $Kind)) { Install-Environment $Kind }
    } finally {
        $mutex.ReleaseMutex()
        $mutex.Dispose()
    }
}
