@echo off
rem Runs the LoadLab command line; builds it first when it has to.
setlocal
set "root=%~dp0"
dotnet build "%root%Harness\LoadLab.Cli" -c Release -v quiet -nologo -clp:NoSummary 1>&2 || exit /b 2
set DOTNET_TieredPGO=0
dotnet "%root%artifacts\bin\LoadLab.Cli\release\loadlab.dll" %*
exit /b %ERRORLEVEL%
