"""The writing half of the archive: articles, versions, families, the ledger, embedding, removal, status. Only this
package of ingest uses SQL."""
