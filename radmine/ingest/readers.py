"""The source readers, by name: `READERS["openi"]`."""

from radmine.ingest import dicom, folder, medpix, openi, table, text
from radmine.ingest.reader import Reader

READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        Reader(
            "folder",
            "reports (.txt, .html, .rtf, .csv, .tsv, .json, .jsonl, .parquet), DICOM files, images (.png, .jpg), Open-i, MedPix",
            folder.units,
            folder.read,
            folder.OPTIONS,
        ),
        Reader("openi", "Open-i's archive (.tgz) or its .xml files", openi.units, openi.read),
        Reader("medpix", "cases.json, descriptions.json and images/", medpix.units, medpix.read),
        Reader(
            "table", ".csv, .tsv, .json, .jsonl or .parquet files", table.units, table.read, table.OPTIONS
        ),
        Reader("text", ".txt, .html and .rtf files", text.units, text.read),
        Reader("dicom", "DICOM files of any name", dicom.units, dicom.read, dicom.OPTIONS, version=2),
    )
}
