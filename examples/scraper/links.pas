{ A filter: of each line "ADDRESS PAGE" it prints the addresses that the page links to, one a line. }
program links;
{$mode objfpc}{$H+}
uses SysUtils, StrUtils;

{ "http://host" of an address. }
function site(const address: string): string;
var
  slash: integer;
begin
  slash := PosEx('/', address, Pos('://', address) + 3);
  if slash = 0 then site := address else site := Copy(address, 1, slash - 1);
end;

{ All in front of the last slash, with it. }
function folder(const address: string): string;
var
  slash: integer;
begin
  slash := RPos('/', address);
  if slash <= Length(site(address)) then folder := site(address) + '/'
  else folder := Copy(address, 1, slash);
end;

function whole(const base, link: string): string;
begin
  if (Pos('http://', link) = 1) or (Pos('https://', link) = 1) then whole := link
  else if Copy(link, 1, 1) = '/' then whole := site(base) + link
  else whole := folder(base) + link;
end;

procedure print(const base, page: string);
const
  mark = 'href="';
var
  start, stop: integer;
begin
  start := Pos(mark, page);
  while start > 0 do begin
    start := start + Length(mark);
    stop := PosEx('"', page, start);
    if stop = 0 then exit;
    if stop > start then writeln(whole(base, Copy(page, start, stop - start)));
    start := PosEx(mark, page, stop);
  end;
  flush(output); { at once, not when a buffer is full }
end;

var
  line: string;
  blank: integer;
begin
  while not eof do begin
    readln(line);
    blank := Pos(' ', line);
    if blank > 0 then print(Copy(line, 1, blank - 1), Copy(line, blank + 1, Length(line)));
  end;
end.
