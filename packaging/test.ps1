# Check everything: lint, format, types, then the whole test suite once: the twin of packaging/test.
# Checked with tree-sitter's PowerShell grammar, but NOT RUN ON WINDOWS. Arguments go to pytest.
#   powershell -ExecutionPolicy Bypass -File packaging\test.ps1 -k ladder

. (Join-Path $PSScriptRoot 'setup.ps1')

$script:Result = 0
$script:Summary = @()

# Runs one part, notes its time, and goes on after a failure so that one run shows everything.
function Invoke-Part([string] $Name, [string[]] $Arguments) {
    Write-Step "$Name ..."
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    & $Python @Arguments | Out-Host
    $code = $LASTEXITCODE
    $verdict = 'passed'
    if ($code -ne 0) {
        $verdict = "FAILED ($code)"
        $script:Result = 1
    }
    $script:Summary += '  {0,-8} {1,5:0} s  {2}' -f $Name, $clock.Elapsed.TotalSeconds, $verdict
}

Initialize-Fathom 'test'
Set-Location -LiteralPath $Root
$ErrorActionPreference = 'Continue'
Invoke-Part 'lint' @('-m', 'ruff', 'check')
Invoke-Part 'format' @('-m', 'ruff', 'format', '--check')
Invoke-Part 'types' @('-m', 'mypy')
Invoke-Part 'tests' (@('-m', 'pytest') + $args)

Write-Output '' $script:Summary
exit $script:Result
